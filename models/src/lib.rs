//! gradus-models
