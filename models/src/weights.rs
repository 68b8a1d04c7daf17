//! The named weights of a module, in memory and in the format of [safetensors](https://huggingface.co/docs/safetensors).

use std::borrow::Cow;
use std::collections::HashMap;

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Tensor, TensorData};
use safetensors::{Dtype, SafeTensors, View, serialize};

use crate::error::ModelError;

/// The key of the note in a file's metadata.
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

/// The arrays as the bytes of a safetensors file, with a note in its metadata.
///
/// The same arrays and note make the same bytes, in whatever order the arrays come.
pub fn to_safetensors(arrays: &[NamedArray], note: &str) -> Result<Vec<u8>, ModelError> {
    let metadata = HashMap::from([(NOTE.to_owned(), note.to_owned())]);
    serialize(arrays.iter().map(|array| (&array.name, array)), Some(metadata)).map_err(format_error)
}

/// The arrays of a safetensors file, in the order of their names, and its note, empty if it has none of ours.
pub fn from_safetensors(bytes: &[u8]) -> Result<(Vec<NamedArray>, String), ModelError> {
    let file = SafeTensors::deserialize(bytes).map_err(format_error)?;
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(format_error)?;
    let note = header.metadata().as_ref().and_then(|metadata| metadata.get(NOTE)).cloned().unwrap_or_default();
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
    Ok((arrays, note))
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
