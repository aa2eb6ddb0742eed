//! What GDAL says while it works, kept from standard error and handed to whoever asked it to work.

use std::cell::RefCell;
use std::ffi::{CStr, c_char};
use std::marker::PhantomData;

use gdal_sys::{CPLErr, CPLErrorNum};

/// More than this is repetition.
const KEPT: usize = 200;

/// One message of GDAL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    pub is_failure: bool,
    pub text: String,
}

impl Message {
    /// Whether it means that the file was not read as it is: any failure, and warnings of cut or broken data.
    pub fn spoils_the_data(&self) -> bool {
        const SIGNS: [&str; 9] = [
            "truncat",
            "corrupt",
            "eof",
            "end of file",
            "unterminated",
            "incomplete",
            "damaged",
            "premature",
            "shorter than",
        ];
        let text = self.text.to_ascii_lowercase();
        self.is_failure || SIGNS.iter().any(|sign| text.contains(sign))
    }
}

/// Collects GDAL's messages of this thread from its making to its drop; the innermost listener hears them.
pub struct Listener {
    heard: Box<RefCell<Vec<Message>>>,
    /// The stack of handlers belongs to the thread.
    _of_one_thread: PhantomData<*const ()>,
}

unsafe extern "C" fn hear(class: CPLErr::Type, _number: CPLErrorNum, text: *const c_char) {
    if class < CPLErr::CE_Warning || text.is_null() {
        return;
    }
    // SAFETY: GDAL calls this on the thread that pushed it, between push and pop, with the pointer given to push and a
    // message that ends in NUL; nothing else borrows the cell while GDAL code runs.
    unsafe {
        let heard = gdal_sys::CPLGetErrorHandlerUserData().cast::<RefCell<Vec<Message>>>();
        let Some(heard) = heard.as_ref() else { return };
        let mut heard = heard.borrow_mut();
        if heard.len() < KEPT {
            let text = CStr::from_ptr(text).to_string_lossy().trim().trim_end_matches('.').to_owned();
            heard.push(Message { is_failure: class >= CPLErr::CE_Failure, text });
        }
    }
}

impl Listener {
    pub fn start() -> Listener {
        let heard = Box::new(RefCell::new(Vec::new()));
        // SAFETY: the box outlives the handler, which `drop` pops; its address does not change when the struct moves.
        unsafe { gdal_sys::CPLPushErrorHandlerEx(Some(hear), std::ptr::from_ref(heard.as_ref()).cast_mut().cast()) };
        Listener { heard, _of_one_thread: PhantomData }
    }

    /// What was heard since the last call.
    pub fn take(&self) -> Vec<Message> {
        if self.heard.borrow().is_empty() { Vec::new() } else { self.heard.take() }
    }

    /// The last thing said, for an error that GDAL reports in no other way.
    pub fn last_words(&self) -> Option<String> {
        self.take().pop().map(|message| message.text)
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        // SAFETY: pops the handler that `start` pushed on this thread; listeners are dropped in reverse order of their making.
        unsafe { gdal_sys::CPLPopErrorHandler() };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_heard_by_the_innermost_listener_only() {
        let outer = Listener::start();
        {
            let inner = Listener::start();
            assert!(gdal::spatial_ref::SpatialRef::from_epsg(999_999).is_err());
            assert!(inner.take().iter().any(|message| message.is_failure));
        }
        assert_eq!(outer.take(), []);
    }

    #[test]
    fn warnings_of_cut_data_count_as_failures_and_others_do_not() {
        let warning = |text: &str| Message { is_failure: false, text: text.to_owned() };
        assert!(warning("Unexpected EOF in file").spoils_the_data());
        assert!(warning("File is truncated").spoils_the_data());
        assert!(!warning("Non closed ring detected").spoils_the_data());
    }
}
