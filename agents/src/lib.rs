//! gradus-agents
