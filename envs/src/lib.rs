//! gradus-envs
