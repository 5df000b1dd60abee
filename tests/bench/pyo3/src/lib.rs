//! A few calls of libalidade bound by PyO3: what a hand-made compiled module would cost.

use std::ffi::{c_char, c_int, c_void, CStr, CString};
use std::mem::{size_of, transmute};

use pyo3::exceptions::{PyImportError, PyRuntimeError};
use pyo3::prelude::*;

const RTLD_NOW: c_int = 2;

extern "C" {
    fn dlopen(path: *const c_char, flags: c_int) -> *mut c_void;
    fn dlsym(library: *mut c_void, name: *const c_char) -> *mut c_void;
}

/// `ald_reading` of alidade/device.h.
#[repr(C)]
#[derive(Default)]
struct Reading {
    struct_size: u32,
    reserved: u32,
    value: f64,
    t_mono_ns: i64,
    t_wall_ns: i64,
    t_hw_ns: i64,
    clock_id: u64,
    uncertainty_ns: i64,
    quality: u64,
}

type Last = unsafe extern "C" fn(*const c_void, *mut Reading, *mut *mut c_void) -> i32;
type Status = unsafe extern "C" fn(*const c_void) -> i32;

/// A readable device that somebody else keeps open.
#[pyclass(frozen)]
struct Sensor {
    handle: usize,
    last: Last,
    status: Status,
}

fn symbol(library: *mut c_void, name: &CStr) -> PyResult<*mut c_void> {
    let found = unsafe { dlsym(library, name.as_ptr()) };
    if found.is_null() {
        return Err(PyImportError::new_err(format!("no {name:?} in the library")));
    }
    Ok(found)
}

#[pymethods]
impl Sensor {
    #[new]
    fn new(library: &str, handle: usize) -> PyResult<Self> {
        let path = CString::new(library)?;
        let opened = unsafe { dlopen(path.as_ptr(), RTLD_NOW) };
        if opened.is_null() {
            return Err(PyImportError::new_err(format!("cannot open {library}")));
        }
        // Safety: these are the signatures in alidade/device.h.
        unsafe {
            Ok(Self {
                handle,
                last: transmute::<*mut c_void, Last>(symbol(opened, c"ald_readable_last")?),
                status: transmute::<*mut c_void, Status>(symbol(opened, c"ald_device_status")?),
            })
        }
    }

    /// The last number that was read.
    #[getter]
    fn value(&self) -> PyResult<f64> {
        let mut reading = Reading {
            struct_size: size_of::<Reading>() as u32,
            ..Default::default()
        };
        let status = unsafe {
            (self.last)(self.handle as *const c_void, &mut reading, std::ptr::null_mut())
        };
        if status != 0 {
            return Err(PyRuntimeError::new_err(status));
        }
        Ok(reading.value)
    }

    /// The state of the device as a number.
    #[getter]
    fn state(&self) -> i32 {
        unsafe { (self.status)(self.handle as *const c_void) }
    }
}

#[pymodule]
fn alidade_peer(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Sensor>()
}
