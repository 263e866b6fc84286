//! Values in words as a trace has them: what wasmtime's WAVE says, with handles, bytes as text, and lists cut short.

use wasmtime::component::wasm_wave::{from_str, to_string};
use wasmtime::component::{ResourceAny, Type, Val};

/// A value in words, with `#` in place of each handle, and what the handles are.
#[derive(Clone, Debug, Default)]
pub struct Text {
    pub words: String,
    pub handles: Vec<u32>,
}

/// What a handle is, by number.
type Number<'n> = dyn FnMut(&mut ResourceAny) -> wasmtime::Result<u32> + 'n;

/// A value of a type in words, of which lists have `size` elements at most.
pub fn text(val: &mut Val, ty: &Type, size: u32, number: &mut Number<'_>) -> wasmtime::Result<Text> {
    let mut text = Text::default();
    text.say(val, ty, size as usize, number)?;
    Ok(text)
}

/// Does something to each handle in a value.
pub fn each_handle(
    val: &mut Val,
    act: &mut dyn FnMut(&mut ResourceAny) -> wasmtime::Result<()>,
) -> wasmtime::Result<()> {
    match val {
        Val::Resource(handle) => act(handle),
        Val::List(vals) | Val::Tuple(vals) => vals.iter_mut().try_for_each(|val| each_handle(val, act)),
        Val::Record(fields) => fields.iter_mut().try_for_each(|(_, val)| each_handle(val, act)),
        Val::Variant(_, Some(val)) | Val::Option(Some(val)) | Val::Result(Ok(Some(val)) | Err(Some(val))) => {
            each_handle(val, act)
        }
        _ => Ok(()),
    }
}

impl Text {
    fn say(&mut self, val: &mut Val, ty: &Type, size: usize, number: &mut Number<'_>) -> wasmtime::Result<()> {
        match (val, ty) {
            (Val::Resource(handle), _) => {
                self.words += "#";
                self.handles.push(number(handle)?);
            }
            (Val::List(vals), Type::List(list)) if list.ty() == Type::U8 => {
                let bytes = vals.iter().map(|val| if let Val::U8(byte) = val { *byte } else { 0 });
                let rest = if vals.len() > size { "..." } else { "" };
                self.words +=
                    &format!("b\"{}\"{rest}", bytes.take(size).collect::<Vec<_>>().escape_ascii()).replace("\\'", "'");
            }
            (Val::List(vals), Type::List(list)) => {
                let rest = if vals.len() > size { ", ..." } else { "" };
                // A handle that is lent is to be let go, whether it is told of or not.
                let mut untold = vals.iter_mut().skip(size);
                untold.try_for_each(|val| each_handle(val, &mut |handle| number(handle).map(|_| ())))?;
                let ty = list.ty();
                let mut vals = vals.iter_mut().take(size).map(|val| (String::new(), val, ty.clone()));
                self.several("[", &mut vals, &format!("{rest}]"), size, number)?;
            }
            (Val::Tuple(vals), Type::Tuple(tuple)) => {
                let mut vals = vals.iter_mut().zip(tuple.types()).map(|(val, ty)| (String::new(), val, ty));
                self.several("(", &mut vals, ")", size, number)?;
            }
            (Val::Record(fields), Type::Record(record)) => {
                let types = record.fields().map(|field| field.ty);
                let mut vals = fields.iter_mut().zip(types).map(|((name, val), ty)| (format!("{name}: "), val, ty));
                self.several("{", &mut vals, "}", size, number)?;
            }
            (Val::Variant(name, payload), Type::Variant(variant)) => {
                let ty = variant.cases().find(|case| case.name == name.as_str()).and_then(|case| case.ty);
                self.case(&name.clone(), payload.as_deref_mut(), ty, size, number)?;
            }
            (Val::Option(payload), Type::Option(option)) => {
                let name = if payload.is_some() { "some" } else { "none" };
                self.case(name, payload.as_deref_mut(), Some(option.ty()), size, number)?;
            }
            (Val::Result(Ok(payload)), Type::Result(result)) => {
                self.case("ok", payload.as_deref_mut(), result.ok(), size, number)?;
            }
            (Val::Result(Err(payload)), Type::Result(result)) => {
                self.case("err", payload.as_deref_mut(), result.err(), size, number)?;
            }
            (val, ty) => {
                let failed = |error: &dyn std::fmt::Display| wasmtime::Error::msg(error.to_string());
                // Longer than anybody reads, or another way to write a character: WAVE itself says whether it is the same.
                let words = match &*val {
                    Val::Float32(float) => format!("{float:?}"),
                    Val::Float64(float) => format!("{float:?}"),
                    val => to_string(val).map_err(|error| failed(&error))?.replace("\\u{10ffff}", "\u{10ffff}"),
                };
                let read = from_str::<Val>(ty, &words).map_err(|error| failed(&error))?;
                // Flags are read in the order of their names.
                let is_same = read == *val || matches!(val, Val::Flags(_));
                wasmtime::ensure!(is_same, "WAVE reads `{words}` as {read:?}, and it is {val:?}");
                self.words += &words;
            }
        }
        Ok(())
    }

    fn several(
        &mut self,
        open: &str,
        vals: &mut dyn Iterator<Item = (String, &mut Val, Type)>,
        close: &str,
        size: usize,
        number: &mut Number<'_>,
    ) -> wasmtime::Result<()> {
        self.words += open;
        for (at, (name, val, ty)) in vals.enumerate() {
            self.words += if at > 0 { ", " } else { "" };
            self.words += &name;
            self.say(val, &ty, size, number)?;
        }
        self.words += close;
        Ok(())
    }

    fn case(
        &mut self,
        name: &str,
        payload: Option<&mut Val>,
        ty: Option<Type>,
        size: usize,
        number: &mut Number<'_>,
    ) -> wasmtime::Result<()> {
        self.words += name;
        if let (Some(val), Some(ty)) = (payload, ty) {
            self.several("(", &mut [(String::new(), val, ty)].into_iter(), ")", size, number)?;
        }
        Ok(())
    }
}
