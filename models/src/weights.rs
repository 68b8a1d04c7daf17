//! The named weights of a module, in memory and in the format of [safetensors](https://huggingface.co/docs/safetensors).

use std::borrow::Cow;
use std::collections::HashMap;

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Tensor, TensorData};
use safetensors::{Dtype, SafeTensors, View, serialize};

use crate::error::ModelError;

/// The key in a file's metadata under which stand a line with the checksum, and the note.
const NOTE: &str = "gradus";

/// An array of `f32` with a name, such as `policy.layers.0.weight`.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedArray {
    /// Where it stands in its module: the prefix, the fields and the indices on the way, joined by dots.
    pub name: String,
    /// The length of each dimension.
    pub shape: Vec<usize>,
    /// The elements, the last dimension fastest.
    pub values: Vec<f32>,
}

/// The float parameters of a module, in the order of its fields.
pub fn export<M: Module>(module: &M, prefix: &str) -> Vec<NamedArray> {
    let mut arrays = Vec::new();
    module.visit(&mut Exporter { path: Path::new(prefix), arrays: &mut arrays });
    arrays
}

/// The module with its float parameters replaced by those of their names.
///
/// Arrays that the module has no place for are passed over, so that one file can serve several modules.
pub fn import<M: Module>(module: M, prefix: &str, arrays: &[NamedArray]) -> Result<M, ModelError> {
    let mut importer = Importer { path: Path::new(prefix), arrays, result: Ok(()) };
    let module = module.map(&mut importer);
    importer.result.map(|()| module)
}

/// The array of a name, of an expected shape.
pub(crate) fn find<'a>(arrays: &'a [NamedArray], name: &str, shape: &[usize]) -> Result<&'a NamedArray, ModelError> {
    let missing = || ModelError::MissingTensor { name: name.to_owned(), count: arrays.len() };
    let array = arrays.iter().find(|array| array.name == name).ok_or_else(missing)?;
    if array.shape == shape {
        Ok(array)
    } else {
        Err(ModelError::WrongShape { name: name.to_owned(), expected: shape.to_vec(), found: array.shape.clone() })
    }
}

/// The arrays as the bytes of a safetensors file, with a note and a checksum in its metadata.
///
/// The same arrays and note make the same bytes, in whatever order the arrays come.
pub fn to_safetensors(arrays: &[NamedArray], note: &str) -> Result<Vec<u8>, ModelError> {
    let mut sorted: Vec<&NamedArray> = arrays.iter().collect();
    sorted.sort_by(|left, right| left.name.cmp(&right.name));
    // One entry: several would stand in any order.
    let metadata = HashMap::from([(NOTE.to_owned(), format!("{}\n{note}", checksum(sorted, note)))]);
    serialize(arrays.iter().map(|array| (&array.name, array)), Some(metadata)).map_err(format_error)
}

/// The arrays of a safetensors file that [`to_safetensors`] made, in the order of their names, and its note.
pub fn from_safetensors(bytes: &[u8]) -> Result<(Vec<NamedArray>, String), ModelError> {
    let file = SafeTensors::deserialize(bytes).map_err(format_error)?;
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(format_error)?;
    let mut arrays = file
        .iter()
        .map(|(name, view)| match view.dtype() {
            Dtype::F32 => {
                let (quads, _) = view.data().as_chunks::<4>();
                let values = quads.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
                Ok(NamedArray { name: name.to_owned(), shape: view.shape().to_vec(), values })
            }
            other => Err(ModelError::WrongType { name: name.to_owned(), found: format!("{other:?}") }),
        })
        .collect::<Result<Vec<_>, _>>()?;
    arrays.sort_by(|left, right| left.name.cmp(&right.name));
    let entry = header.metadata().as_ref().and_then(|metadata| metadata.get(NOTE)?.split_once('\n'));
    let (sum, note) =
        entry.ok_or_else(|| format_error(format!("its metadata have no entry `{NOTE}` of this program")))?;
    let found = checksum(&arrays, note);
    if found != sum {
        return Err(format_error(format!("its content has the {found}, and it says {sum}")));
    }
    Ok((arrays, note.to_owned()))
}

/// CRC-32C of the note and of all arrays, sorted by name, with their names and shapes.
fn checksum<'a>(arrays: impl IntoIterator<Item = &'a NamedArray>, note: &str) -> String {
    let mut sum = crc32c::crc32c(note.as_bytes());
    for array in arrays {
        sum = crc32c::crc32c_append(sum, array.name.as_bytes());
        for length in &array.shape {
            sum = crc32c::crc32c_append(sum, &(*length as u64).to_le_bytes());
        }
        sum = crc32c::crc32c_append(sum, &(&array).data());
    }
    format!("crc32c:{sum:08x}")
}

impl View for &NamedArray {
    fn dtype(&self) -> Dtype {
        Dtype::F32
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        self.values.iter().flat_map(|value| value.to_le_bytes()).collect()
    }

    fn data_len(&self) -> usize {
        4 * self.values.len()
    }
}

/// The way from the root of a module to where a visitor stands.
pub(crate) struct Path(Vec<String>);

impl Path {
    /// The root, under a prefix of its own; none if that is empty.
    pub(crate) fn new(prefix: &str) -> Self {
        Self(if prefix.is_empty() { Vec::new() } else { vec![prefix.to_owned()] })
    }

    pub(crate) fn enter(&mut self, name: &str) {
        self.0.push(name.to_owned());
    }

    pub(crate) fn exit(&mut self) {
        self.0.pop();
    }

    pub(crate) fn name(&self) -> String {
        self.0.join(".")
    }
}

struct Exporter<'a> {
    path: Path,
    arrays: &'a mut Vec<NamedArray>,
}

impl ModuleVisitor for Exporter<'_> {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.enter(name);
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.exit();
    }

    fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
        self.arrays.push(array(self.path.name(), parameter.val()));
    }
}

struct Importer<'a> {
    path: Path,
    arrays: &'a [NamedArray],
    /// The first error.
    result: Result<(), ModelError>,
}

impl ModuleMapper for Importer<'_> {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.enter(name);
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.exit();
    }

    fn map_float<const D: usize>(&mut self, parameter: Param<Tensor<D>>) -> Param<Tensor<D>> {
        if self.result.is_err() {
            return parameter;
        }
        match find(self.arrays, &self.path.name(), &parameter.val().dims()) {
            Ok(array) => parameter.map(|old| {
                let new = Tensor::from_data(TensorData::new(array.values.clone(), old.dims()), &old.device());
                if old.is_require_grad() { new.require_grad() } else { new }
            }),
            Err(error) => {
                self.result = Err(error);
                parameter
            }
        }
    }
}

/// A tensor's elements under a name.
pub(crate) fn array<const D: usize>(name: String, tensor: Tensor<D>) -> NamedArray {
    let data = tensor.into_data().convert::<f32>();
    let shape = data.shape().to_vec();
    let values = data.try_into_vec().expect("a float tensor converted to f32");
    NamedArray { name, shape, values }
}

fn format_error(error: impl std::fmt::Display) -> ModelError {
    ModelError::Format { reason: error.to_string() }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;
    use rand::SeedableRng;
    use rand_xoshiro::Xoshiro256PlusPlus;
    use safetensors::tensor::TensorView;

    use super::*;
    use crate::blocks::{Mlp, MlpConfig};

    fn mlp(seed: u64, device: &Device) -> Mlp {
        MlpConfig { hidden: vec![4], ..MlpConfig::default() }.init(
            3,
            2,
            1.0,
            &mut Xoshiro256PlusPlus::seed_from_u64(seed),
            device,
        )
    }

    #[test]
    fn names_are_the_way_to_the_parameter() {
        let arrays = export(&mlp(1, &Device::flex()), "policy");
        let names: Vec<(&str, &[usize])> = arrays.iter().map(|array| (array.name.as_str(), &*array.shape)).collect();
        let expected: [(&str, &[usize]); 4] = [
            ("policy.layers.0.weight", &[3, 4]),
            ("policy.layers.0.bias", &[4]),
            ("policy.layers.1.weight", &[4, 2]),
            ("policy.layers.1.bias", &[2]),
        ];
        assert_eq!(names, expected);
        assert_eq!(export(&mlp(1, &Device::flex()), "")[0].name, "layers.0.weight");
    }

    #[test]
    fn what_was_exported_is_imported_and_can_be_trained_on() {
        let device = Device::flex().autodiff();
        let (from, to) = (mlp(1, &device), mlp(2, &device));
        let (arrays, note) = from_safetensors(&to_safetensors(&export(&from, "value"), "a note").unwrap()).unwrap();
        assert_eq!(note, "a note");
        let to = import(to, "value", &arrays).unwrap();
        assert_eq!(export(&to, ""), export(&from, ""));
        let loss = to.forward(Tensor::ones([1, 3], &device)).sum();
        assert!(to.layers[0].weight.val().grad(&loss.backward()).is_some());
    }

    #[test]
    fn the_same_arrays_make_the_same_bytes_in_any_order() {
        let mut arrays = export(&mlp(1, &Device::flex()), "policy");
        let bytes = to_safetensors(&arrays, "").unwrap();
        arrays.reverse();
        assert_eq!(to_safetensors(&arrays, "").unwrap(), bytes);
    }

    #[test]
    fn a_change_of_any_bit_is_noticed() {
        let bytes = to_safetensors(&export(&mlp(1, &Device::flex()), "policy"), "a note").unwrap();
        let whole = from_safetensors(&bytes).unwrap();
        for bit in 0..8 * bytes.len() {
            let mut bytes = bytes.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            // What is read in spite of it is the same: a change of white space in the header.
            assert!(
                from_safetensors(&bytes).is_ok_and(|read| read == whole) || from_safetensors(&bytes).is_err(),
                "{bit}"
            );
        }
        for length in 0..bytes.len() {
            assert!(from_safetensors(&bytes[..length]).is_err(), "{length}");
        }
    }

    #[test]
    fn errors_name_the_tensor() {
        let module = || mlp(1, &Device::flex());
        let mut arrays = export(&module(), "policy");
        let error = import(module(), "value", &arrays).unwrap_err();
        assert_eq!(error, ModelError::MissingTensor { name: "value.layers.0.weight".to_owned(), count: 4 });
        arrays[2].shape = vec![2, 4];
        let error = import(module(), "policy", &arrays).unwrap_err();
        let expected = ModelError::WrongShape {
            name: "policy.layers.1.weight".to_owned(),
            expected: vec![4, 2],
            found: vec![2, 4],
        };
        assert_eq!(error, expected);
    }

    #[test]
    fn other_bytes_and_other_element_types_are_refused() {
        assert!(matches!(from_safetensors(b"MThd"), Err(ModelError::Format { .. })));
        let view = TensorView::new(Dtype::I64, vec![1], &[0; 8]).unwrap();
        let bytes = serialize([("steps", view)], None).unwrap();
        let expected = ModelError::WrongType { name: "steps".to_owned(), found: "I64".to_owned() };
        assert_eq!(from_safetensors(&bytes), Err(expected));
    }
}
