//! What analysts agree to before their work is changed. A command that would change or remove some of it says what, and
//! does it once the user agreed to exactly that: what others wrote after the question is not agreed to.
//!
//! # Decisions
//!
//! - **Analysts agree to exactly what they lose**: `score`, `storyboard` and `reset` work out under the lock which
//!   stored rows they change, and store nothing unless that is what the user agreed to. So the lock is not held while a
//!   user thinks, and what others wrote meanwhile is asked about, too. A judgement or story that is stored already is
//!   not written a second time: its author stays.

/// What a user agrees to lose.
#[derive(Debug, Clone, Copy)]
pub enum Consent<'a, Loss> {
    /// Everything, without a question.
    ToAll,
    /// What was shown, and nothing else.
    To(&'a Loss),
}

impl<Loss: PartialEq + Default> Consent<'_, Loss> {
    /// Whether the user agreed to lose what was found; losing nothing, the default, needs no consent.
    pub(crate) fn covers(&self, found: &Loss) -> bool {
        *found == Loss::default()
            || match self {
                Self::ToAll => true,
                Self::To(shown) => *shown == found,
            }
    }
}

/// What became of a command that may need consent.
#[derive(Debug)]
pub enum Outcome<Done, Loss> {
    /// It is done.
    Done(Done),
    /// Nothing was stored: the user has not agreed to lose this.
    Asks(Loss),
}

impl<Done, Loss> Outcome<Done, Loss> {
    /// The same with another result, if it is done.
    pub(crate) fn map<Other>(self, change: impl FnOnce(Done) -> Other) -> Outcome<Other, Loss> {
        match self {
            Self::Done(done) => Outcome::Done(change(done)),
            Self::Asks(loss) => Outcome::Asks(loss),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Consent;

    #[test]
    fn only_what_was_shown_is_agreed_to_and_nothing_needs_no_consent() {
        for found in [0, 1, 2] {
            assert!(Consent::ToAll.covers(&found));
            assert_eq!(Consent::To(&1).covers(&found), found < 2, "{found}");
        }
    }
}
