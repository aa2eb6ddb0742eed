//! Problem documents (RFC 9457): what went wrong, where, and what to do.

use serde_json::{Value, json};

/// One fault of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The parameter at fault.
    pub parameter: String,
    pub detail: String,
}

/// The closed list of problems that a client can meet. The status follows from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// 400: parameters that are unknown or cannot be read, all of them.
    Parameters(Vec<Fault>),
    /// 400: the request itself is malformed.
    BadRequest(String),
    /// 404: there is no such resource.
    NotFound(String),
    /// 405: the resource knows no such method.
    MethodNotAllowed,
    /// 406: none of the media types that the client accepts is offered.
    NotAcceptable(Vec<&'static str>),
    /// 414: longer than any request we understand.
    UriTooLong,
    /// 431: headers, or headers and address together, are longer than any request we understand.
    HeadersTooLarge,
    /// 500: our fault; the cause is in the log under this id.
    Internal,
    /// 503: there is nothing to serve yet.
    NotReady,
    /// 503: as many are served with what takes long as there are places.
    Busy,
}

impl Problem {
    pub fn status(&self) -> u16 {
        match self {
            Problem::Parameters(_) | Problem::BadRequest(_) => 400,
            Problem::NotFound(_) => 404,
            Problem::MethodNotAllowed => 405,
            Problem::NotAcceptable(_) => 406,
            Problem::UriTooLong => 414,
            Problem::HeadersTooLarge => 431,
            Problem::Internal => 500,
            Problem::NotReady | Problem::Busy => 503,
        }
    }

    fn title(&self) -> &'static str {
        match self {
            Problem::Parameters(_) => "Tham số không hợp lệ / Invalid parameters",
            Problem::BadRequest(_) => "Yêu cầu không hợp lệ / Bad request",
            Problem::NotFound(_) => "Không tìm thấy / Not found",
            Problem::MethodNotAllowed => "Phương thức không được hỗ trợ / Method not allowed",
            Problem::NotAcceptable(_) => "Định dạng không được hỗ trợ / Not acceptable",
            Problem::UriTooLong => "Địa chỉ quá dài / URI too long",
            Problem::HeadersTooLarge => "Phần đầu yêu cầu quá lớn / Request headers too large",
            Problem::Internal => "Lỗi máy chủ / Server error",
            Problem::NotReady => "Chưa sẵn sàng / Not ready",
            Problem::Busy => "Đang bận / Busy",
        }
    }

    fn detail(&self) -> String {
        match self {
            Problem::Parameters(faults) => {
                let each = faults.iter().map(|fault| format!("{} {}", fault.parameter, fault.detail));
                each.collect::<Vec<_>>().join("; ")
            }
            Problem::BadRequest(detail) | Problem::NotFound(detail) => detail.clone(),
            Problem::MethodNotAllowed => "see the Allow header for what this resource takes".to_owned(),
            Problem::NotAcceptable(offered) => format!("this resource is offered as {}", offered.join(", ")),
            Problem::UriTooLong => "send fewer or shorter parameters".to_owned(),
            Problem::HeadersTooLarge => "send fewer or shorter headers or parameters".to_owned(),
            Problem::Internal => "the fault is on our side and has been logged".to_owned(),
            Problem::NotReady => "the data are still being read: try again in a few seconds".to_owned(),
            Problem::Busy => "others are being served with the same: try again in a few seconds".to_owned(),
        }
    }

    pub fn document(&self) -> Value {
        let mut document = json!({
            "type": "about:blank",
            "title": self.title(),
            "status": self.status(),
            "detail": self.detail(),
        });
        if let Problem::Parameters(faults) = self {
            let errors: Vec<_> = faults.iter().map(|f| json!({"parameter": f.parameter, "detail": f.detail})).collect();
            document["errors"] = errors.into();
        }
        document
    }
}
