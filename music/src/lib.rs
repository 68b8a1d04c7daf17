//! gradus-music
