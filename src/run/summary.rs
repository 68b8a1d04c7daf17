//! The values that an event holds: numbers, texts, histograms, pictures and sounds.
//!
//! Each is written in the form that TensorBoard has read the longest and turns into the newest itself; a text and
//! hyperparameters have no form but that of a tensor with a plugin's name.

use prost::Message;

/// Values that belong to one step.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Summary {
    #[prost(message, repeated, tag = "1")]
    pub(super) value: Vec<Value>,
}

/// Something that TensorBoard shows under a name.
#[derive(Clone, PartialEq, Message)]
pub struct Value {
    #[prost(string, tag = "1")]
    tag: String,
    #[prost(oneof = "Content", tags = "2, 4, 5, 6, 8")]
    content: Option<Content>,
    #[prost(message, optional, tag = "9")]
    metadata: Option<Metadata>,
}

impl Value {
    /// A number.
    pub fn scalar(tag: impl Into<String>, value: f32) -> Self {
        Self::new(tag, Content::Scalar(value))
    }

    /// A text that is shown as it is written; TensorBoard takes any text for Markdown, in which four spaces make it so.
    pub fn code(tag: impl Into<String>, text: &str) -> Self {
        let text: String = text.lines().flat_map(|line| ["    ", line, "\n"]).collect();
        let tensor = Tensor { kind: Tensor::STRING, shape: Some(Shape::default()), strings: vec![text.into_bytes()] };
        Self::of_plugin(tag, tensor, "text", Vec::new())
    }

    /// How often values lay in each equal part of a range; each is taken for the middle of its part.
    pub fn histogram(tag: impl Into<String>, [low, high]: [f64; 2], counts: &[u64]) -> Self {
        let width = (high - low) / counts.len() as f64;
        let sum = |power: i32| -> f64 {
            let middles = (0..).map(|index| low + width * (f64::from(index) + 0.5));
            middles.zip(counts).map(|(middle, count)| middle.powi(power) * *count as f64).sum()
        };
        let histogram = Histogram {
            min: low,
            max: high,
            num: sum(0),
            sum: sum(1),
            sum_squares: sum(2),
            bucket_limit: (1..=counts.len()).map(|index| low + width * index as f64).collect(),
            bucket: counts.iter().map(|count| *count as f64).collect(),
        };
        Self::new(tag, Content::Histogram(histogram))
    }

    /// A picture, given as a PNG file.
    pub fn image(tag: impl Into<String>, [width, height]: [u32; 2], png: Vec<u8>) -> Self {
        Self::new(
            tag,
            Content::Image(Image { height: height as i32, width: width as i32, colorspace: Image::RGBA, png }),
        )
    }

    /// A sound of one channel and so many frames a second, given as a WAV file.
    pub fn audio(tag: impl Into<String>, rate: u32, frames: u32, wav: Vec<u8>) -> Self {
        let audio = Audio {
            sample_rate: rate as f32,
            num_channels: 1,
            length_frames: i64::from(frames),
            wav,
            content_type: "audio/wav".to_owned(),
        };
        Self::new(tag, Content::Audio(audio))
    }

    /// Data for a plugin that needs no tensor.
    pub(super) fn for_plugin(tag: &str, plugin: &str, data: Vec<u8>) -> Self {
        let shape = Shape { dimensions: vec![Dimension::default()] };
        Self::of_plugin(tag, Tensor { kind: Tensor::FLOAT, shape: Some(shape), strings: Vec::new() }, plugin, data)
    }

    fn of_plugin(tag: impl Into<String>, tensor: Tensor, name: &str, content: Vec<u8>) -> Self {
        let metadata = Metadata { plugin: Some(Plugin { name: name.to_owned(), content }) };
        Self { metadata: Some(metadata), ..Self::new(tag, Content::Tensor(tensor)) }
    }

    fn new(tag: impl Into<String>, content: Content) -> Self {
        Self { tag: tag.into(), content: Some(content), metadata: None }
    }
}

/// The kinds of content. Being one of them, a number is written even if it is zero.
#[derive(Clone, PartialEq, prost::Oneof)]
enum Content {
    #[prost(float, tag = "2")]
    Scalar(f32),
    #[prost(message, tag = "4")]
    Image(Image),
    #[prost(message, tag = "5")]
    Histogram(Histogram),
    #[prost(message, tag = "6")]
    Audio(Audio),
    #[prost(message, tag = "8")]
    Tensor(Tensor),
}

#[derive(Clone, PartialEq, Message)]
struct Image {
    #[prost(int32, tag = "1")]
    height: i32,
    #[prost(int32, tag = "2")]
    width: i32,
    #[prost(int32, tag = "3")]
    colorspace: i32,
    #[prost(bytes = "vec", tag = "4")]
    png: Vec<u8>,
}

impl Image {
    const RGBA: i32 = 4;
}

#[derive(Clone, PartialEq, Message)]
struct Audio {
    #[prost(float, tag = "1")]
    sample_rate: f32,
    #[prost(int64, tag = "2")]
    num_channels: i64,
    #[prost(int64, tag = "3")]
    length_frames: i64,
    #[prost(bytes = "vec", tag = "4")]
    wav: Vec<u8>,
    #[prost(string, tag = "5")]
    content_type: String,
}

/// Buckets of values, each up to its limit.
#[derive(Clone, PartialEq, Message)]
struct Histogram {
    #[prost(double, tag = "1")]
    min: f64,
    #[prost(double, tag = "2")]
    max: f64,
    #[prost(double, tag = "3")]
    num: f64,
    #[prost(double, tag = "4")]
    sum: f64,
    #[prost(double, tag = "5")]
    sum_squares: f64,
    #[prost(double, repeated, tag = "6")]
    bucket_limit: Vec<f64>,
    #[prost(double, repeated, tag = "7")]
    bucket: Vec<f64>,
}

/// `TensorProto`, of texts or of nothing.
#[derive(Clone, PartialEq, Message)]
struct Tensor {
    #[prost(int32, tag = "1")]
    kind: i32,
    #[prost(message, optional, tag = "2")]
    shape: Option<Shape>,
    #[prost(bytes = "vec", repeated, tag = "8")]
    strings: Vec<Vec<u8>>,
}

impl Tensor {
    const FLOAT: i32 = 1;
    const STRING: i32 = 7;
}

/// How many numbers a tensor has in each dimension: without a dimension, one.
#[derive(Clone, PartialEq, Message)]
struct Shape {
    #[prost(message, repeated, tag = "2")]
    dimensions: Vec<Dimension>,
}

#[derive(Clone, PartialEq, Message)]
struct Dimension {
    #[prost(int64, tag = "1")]
    size: i64,
}

/// Who shows a tensor.
#[derive(Clone, PartialEq, Message)]
struct Metadata {
    #[prost(message, optional, tag = "1")]
    plugin: Option<Plugin>,
}

#[derive(Clone, PartialEq, Message)]
struct Plugin {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(bytes = "vec", tag = "2")]
    content: Vec<u8>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::hyperparameters;

    /// What tensorboard 2.21's own messages make of the same values:
    ///
    /// ```python
    /// from tensorboard.compat.proto.histogram_pb2 import HistogramProto
    /// from tensorboard.compat.proto.summary_pb2 import Summary
    /// from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData
    /// from tensorboard.plugins.hparams.summary_v2 import _summary_pb
    /// from tensorboard.plugins.text.summary_v2 import text_pb
    ///
    /// data = HParamsPluginData()
    /// data.session_start_info.start_time_secs = 6.0
    /// data.session_start_info.hparams["agent.ppo.clip"].number_value = 0.25
    /// for value in (
    ///     text_pb("config", "    a = 1\n").value[0],
    ///     _summary_pb("_hparams_/session_start_info", data).value[0],
    ///     Summary.Value(tag="actions", histo=HistogramProto(
    ///         max=2.0, num=4.0, sum=3.0, sum_squares=3.0, bucket_limit=[1.0, 2.0], bucket=[3.0, 1.0])),
    ///     Summary.Value(tag="piano-roll/1", image=Summary.Image(
    ///         height=2, width=3, colorspace=4, encoded_image_string=b"png")),
    ///     Summary.Value(tag="sound/1", audio=Summary.Audio(
    ///         sample_rate=16000.0, num_channels=1, length_frames=5, encoded_audio_string=b"wav",
    ///         content_type="audio/wav")),
    /// ):
    ///     print(value.SerializeToString().hex())
    /// ```
    const GOLDEN: [&str; 5] = [
        "0a06636f6e666967421008071200420a2020202061203d20310a4a080a060a0474657874",
        "0a1c5f68706172616d735f2f73657373696f6e5f73746172745f696e666f42060801120212004a350a330a0768706172616d73\
         12281a260a1b0a0e6167656e742e70706f2e636c6970120911000000000000d03f290000000000001840",
        "0a07616374696f6e732a481100000000000000401900000000000010402100000000000008402900000000000008403210000000\
         000000f03f00000000000000403a100000000000000840000000000000f03f",
        "0a0c7069616e6f2d726f6c6c2f31220b0802100318042203706e67",
        "0a07736f756e642f3132190d00007a461001180522037761762a09617564696f2f776176",
    ];

    #[test]
    fn the_bytes_of_every_kind_are_those_of_tensorboards_own_messages() {
        let settings = "agent.ppo.clip = 0.25".parse().unwrap();
        let values = [
            Value::code("config", "a = 1\n"),
            hyperparameters::value(&settings, 6.0),
            Value::histogram("actions", [0.0, 2.0], &[3, 1]),
            Value::image("piano-roll/1", [3, 2], b"png".to_vec()),
            Value::audio("sound/1", 16_000, 5, b"wav".to_vec()),
        ];
        for (value, golden) in values.iter().zip(GOLDEN) {
            let hex: Vec<_> = value.encode_to_vec().iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(hex.concat(), golden, "{value:?}");
        }
    }
}
