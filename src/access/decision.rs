//! The decision: may he do this to that row, and if not, why not.

use super::area::{Area, DEFINED_BY, Territory};
use super::user::{Grant, Role, Viewer};
use crate::domain::Title;

/// What somebody wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// A new row.
    Create,
    /// A row becomes another.
    Update,
    Delete,
    /// Rows of a whole file. Which ones is not known before: it takes all districts.
    Import,
    /// A proposal is accepted or refused.
    Decide,
    /// A change of his own is taken back, row by row.
    Undo,
    /// A change or an import of somebody else is taken back.
    UndoOthers,
    /// A quarter is signed off.
    SignOff,
    /// A signed quarter is opened again.
    Reopen,
}

impl Action {
    pub const ALL: [Action; 9] = [
        Action::Create,
        Action::Update,
        Action::Delete,
        Action::Import,
        Action::Decide,
        Action::Undo,
        Action::UndoOthers,
        Action::SignOff,
        Action::Reopen,
    ];

    /// The least role that may do it.
    pub fn role(self) -> Role {
        match self {
            Action::Create | Action::Update | Action::Delete | Action::Import | Action::Undo => Role::Editor,
            Action::Decide | Action::SignOff => Role::Approver,
            Action::UndoOthers | Action::Reopen => Role::Admin,
        }
    }

    /// Whether it changes rows of a register.
    fn writes(self) -> bool {
        matches!(self, Action::Create | Action::Update | Action::Delete | Action::Import | Action::Undo)
    }

    fn words(self) -> Title {
        match self {
            Action::Create => Title::new("thêm đối tượng", "adding features"),
            Action::Update => Title::new("sửa đối tượng", "changing features"),
            Action::Delete => Title::new("xóa đối tượng", "deleting features"),
            Action::Import => Title::new("nhập tệp", "importing files"),
            Action::Decide => Title::new("quyết định đề xuất", "deciding proposals"),
            Action::Undo => Title::new("hoàn tác thay đổi", "taking changes back"),
            Action::UndoOthers => Title::new("hoàn tác thay đổi của người khác", "taking back changes of others"),
            Action::SignOff => Title::new("chốt quý", "signing quarters off"),
            Action::Reopen => Title::new("mở lại quý đã chốt", "opening a signed quarter again"),
        }
    }
}

/// How a change goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permit {
    /// It is written.
    Write,
    /// It waits for an approver.
    Propose,
}

/// Why something may not be done, as a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denied {
    /// Whether nobody has shown who he is: then he may try again with a token.
    pub is_anonymous: bool,
    pub why: Title,
}

impl Denied {
    fn known(vi: String, en: String) -> Denied {
        Denied { is_anonymous: false, why: Title { vi: vi.into(), en: en.into() } }
    }
}

fn role_words(role: Role) -> Title {
    match role {
        Role::Viewer => Title::new("người xem (viewer)", "viewer"),
        Role::Editor => Title::new("người sửa (editor)", "editor"),
        Role::Approver => Title::new("người duyệt (approver)", "approver"),
        Role::Admin => Title::new("quản trị (admin)", "admin"),
    }
}

/// The areas of a grant as a reader would list them.
fn listed(grant: &Grant) -> String {
    match grant.names() {
        None => "*".to_owned(),
        Some(names) if names.is_empty() => "–".to_owned(),
        Some(names) => names.join(", "),
    }
}

/// Whether somebody may do something to a row of a collection: where it lies now, and where it shall lie. Without either it
/// is asked whether he may do it to any row at all, as OPTIONS does; a file may hold any row, so it takes all districts.
///
/// # Errors
/// Why not.
pub fn decide(
    viewer: &Viewer,
    action: Action,
    collection: &str,
    before: Option<&Area>,
    after: Option<&Area>,
    territory: &Territory,
) -> Result<Permit, Denied> {
    let what = action.words();
    let needed = role_words(action.role());
    if viewer.is_anonymous() {
        let why = Title {
            vi: format!("Phải đăng nhập bằng mã truy cập để {}.", what.vi).into(),
            en: format!("Sign in with a token: {} is for the role {} and above.", what.en, needed.en).into(),
        };
        return Err(Denied { is_anonymous: true, why });
    }
    let account = &viewer.account;
    if account.role < action.role() {
        return Err(Denied::known(
            format!("Vai trò của bạn là {}; để {} cần vai trò {}.", role_words(account.role).vi, what.vi, needed.vi),
            format!("Your role is {}; {} is for the role {} and above.", account.role.as_str(), what.en, needed.en),
        ));
    }
    if account.role == Role::Admin {
        return Ok(Permit::Write);
    }
    if !action.writes() {
        return Ok(Permit::Write);
    }
    if !account.collections.has(collection) {
        let granted = listed(&account.collections);
        return Err(Denied::known(
            format!("Bạn không có quyền ghi vào '{collection}'; bạn có quyền với: {granted}."),
            format!("You have no right to write to '{collection}'; you have: {granted}."),
        ));
    }
    let granted = listed(&account.districts);
    if action == Action::Import && before.is_none() && after.is_none() && !account.districts.is_all() {
        return Err(Denied::known(
            format!("Để {} cần quyền với mọi quận, huyện, xã; bạn có quyền với: {granted}.", what.vi),
            format!("{} takes all districts and communes; you have: {granted}.", capital(&what.en)),
        ));
    }
    if DEFINED_BY.iter().any(|(register, _)| *register == collection) && !account.districts.is_all() {
        return Err(Denied::known(
            format!(
                "'{collection}' định ra địa bàn của mọi người dùng, nên cần quyền với mọi quận, huyện, xã; bạn có quyền với: {granted}."
            ),
            format!(
                "'{collection}' says how far everybody's rights reach, so it takes all districts; you have: {granted}."
            ),
        ));
    }
    for area in before.iter().chain(after.iter()) {
        if area.is_unknown() && !account.districts.is_all() {
            return Err(Denied::known(
                format!(
                    "Không rõ đối tượng thuộc xã, huyện nào, nên chỉ người có quyền toàn thành phố được sửa; bạn có quyền với: {granted}."
                ),
                format!(
                    "It is not on record in which commune or district this lies, so it takes all of them; you have: {granted}."
                ),
            ));
        }
        if !territory.holds(&account.districts, area) {
            let place = place(area);
            return Err(Denied::known(
                format!("Đối tượng thuộc {place}; bạn có quyền với: {granted}."),
                format!("This lies in {place}; you have: {granted}."),
            ));
        }
    }
    // A new row wins all the parts that it names.
    let nowhere = Area::default();
    if let Some(after) = after
        && let before = before.unwrap_or(&nowhere)
        && let Some(part) = territory.moved(&account.districts, before, after)
    {
        return Err(Denied::known(
            format!("Không được chuyển đối tượng vào hoặc ra khỏi {part}; bạn có quyền với: {granted}."),
            format!("This would be moved into or out of {part}; you have: {granted}."),
        ));
    }
    if !account.proposes {
        return Ok(Permit::Write);
    }
    match action {
        Action::Create | Action::Update | Action::Delete => Ok(Permit::Propose),
        _ => Err(Denied::known(
            format!("Thay đổi của bạn phải chờ duyệt, nên không thể {}.", what.vi),
            format!("What you change waits for an approver, so {} is not for you.", what.en),
        )),
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn place(area: &Area) -> String {
    let communes: Vec<&str> = area.communes.iter().map(String::as_str).collect();
    match (&area.district, communes.as_slice()) {
        (Some(district), []) => district.clone(),
        (Some(district), _) => format!("{district} ({})", communes.join(", ")),
        (None, _) => communes.join(", "),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::access::{Account, How};

    fn viewer(role: Role, collections: &[&str], districts: &[&str]) -> Viewer {
        let grant = |names: &[&str]| if names == ["*"] { Grant::All } else { Grant::of(Some(names.iter().copied())) };
        let account = Account { role, collections: grant(collections), districts: grant(districts), proposes: false };
        Viewer { name: "lan".to_owned(), account, how: How::Token, expires_at: None }
    }

    fn area(district: &str) -> Area {
        Area { district: Some(district.to_owned()), ..Area::default() }
    }

    fn may(viewer: &Viewer, action: Action, before: Option<&Area>, after: Option<&Area>) -> Result<Permit, Denied> {
        decide(viewer, action, "clusters", before, after, &Territory::default())
    }

    #[test]
    fn nobody_known_may_do_nothing_and_is_told_to_sign_in() {
        for action in Action::ALL {
            let denied = may(&Viewer::anonymous(), action, Some(&area("a")), Some(&area("a"))).unwrap_err();
            assert!(denied.is_anonymous, "{action:?}");
        }
    }

    #[test]
    fn each_action_has_its_least_role() {
        let all = |role| viewer(role, &["*"], &["*"]);
        for action in Action::ALL {
            for role in Role::ALL {
                let is_let = may(&all(role), action, Some(&area("a")), Some(&area("a"))).is_ok();
                assert_eq!(is_let, role >= action.role(), "{role:?} {action:?}");
            }
        }
    }

    #[test]
    fn grants_bind_approvers_as_editors_and_no_admin() {
        let (here, there) = (area("a"), area("b"));
        for role in [Role::Editor, Role::Approver] {
            let bound = viewer(role, &["clusters"], &["a"]);
            assert_eq!(may(&bound, Action::Update, Some(&here), Some(&here)), Ok(Permit::Write));
            assert!(may(&bound, Action::Update, Some(&there), Some(&there)).is_err());
            assert!(may(&bound, Action::Create, None, Some(&there)).is_err());
            assert!(may(&bound, Action::Delete, Some(&there), None).is_err());
            let denied = decide(&bound, Action::Create, "plans", None, Some(&here), &Territory::default()).unwrap_err();
            assert!(denied.why.en.contains("'plans'") && denied.why.vi.contains("'plans'"));
        }
        let admin = viewer(Role::Admin, &[], &[]);
        assert_eq!(may(&admin, Action::Update, Some(&there), Some(&Area::default())), Ok(Permit::Write));
    }

    #[test]
    fn a_row_is_judged_where_it_was_and_where_it_shall_be() {
        let bound = viewer(Role::Editor, &["*"], &["a"]);
        let (here, there, nowhere) = (area("a"), area("b"), Area::default());
        for (before, after) in [(&here, &there), (&there, &here), (&here, &nowhere), (&nowhere, &here)] {
            assert!(may(&bound, Action::Update, Some(before), Some(after)).is_err(), "{before:?} {after:?}");
        }
    }

    #[test]
    fn a_file_takes_all_districts_and_a_question_in_principle_none() {
        assert_eq!(may(&viewer(Role::Editor, &["*"], &["a"]), Action::Create, None, None), Ok(Permit::Write));
        assert!(may(&viewer(Role::Editor, &["*"], &["a"]), Action::Import, None, None).is_err());
        assert_eq!(may(&viewer(Role::Editor, &["*"], &["*"]), Action::Import, None, None), Ok(Permit::Write));
    }

    #[test]
    fn who_proposes_writes_nothing_himself() {
        let mut proposer = viewer(Role::Editor, &["*"], &["*"]);
        proposer.account.proposes = true;
        for action in [Action::Create, Action::Update, Action::Delete] {
            assert_eq!(may(&proposer, action, None, Some(&area("a"))), Ok(Permit::Propose), "{action:?}");
        }
        for action in [Action::Import, Action::Undo] {
            assert!(may(&proposer, action, None, None).is_err(), "{action:?}");
        }
    }

    #[test]
    fn the_registers_that_define_rights_are_for_who_has_all_districts() {
        let here = area("a");
        for (register, _) in DEFINED_BY {
            let decided = |viewer: &Viewer, before: Option<&Area>| {
                decide(viewer, Action::Create, register, before, Some(&here), &Territory::default())
            };
            assert!(decided(&viewer(Role::Editor, &["*"], &["a"]), None).is_err(), "{register}");
            assert!(decided(&viewer(Role::Approver, &["*"], &["a"]), Some(&here)).is_err(), "{register}");
            assert_eq!(decided(&viewer(Role::Editor, &["*"], &["*"]), None), Ok(Permit::Write), "{register}");
        }
    }

    #[test]
    fn a_new_row_claims_no_part_of_others() {
        let bound = viewer(Role::Editor, &["*"], &["a"]);
        let claiming = Area { communes: ["00070".to_owned()].into(), ..area("a") };
        assert!(may(&bound, Action::Create, None, Some(&claiming)).is_err());
        let with_it = viewer(Role::Editor, &["*"], &["a", "00070"]);
        assert_eq!(may(&with_it, Action::Create, None, Some(&claiming)), Ok(Permit::Write));
    }
}
