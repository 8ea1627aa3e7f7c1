//! The consent of analysts before their work is changed. A command that would change or remove some of it shows what,
//! and continues only if the user agreed to exactly that. What other users wrote after the question is not covered.
//!
//! # Decisions
//!
//! - **Analysts agree to exactly what they lose**: `score`, `storyboard` and `reset` determine under the lock which
//!   stored rows they change, and store nothing unless the user agreed to exactly that. So the lock is not held while a
//!   user decides, and what other users wrote meanwhile needs consent, too. A judgement or story that is stored already
//!   is not written a second time: its author stays.

/// What a user agrees to lose.
#[derive(Debug, Clone, Copy)]
pub enum Consent<'a, Loss> {
    /// Everything, without a question.
    ToAll,
    /// Only what was shown.
    To(&'a Loss),
}

impl<Loss: PartialEq + Default> Consent<'_, Loss> {
    /// Whether the user agreed to lose what was found. Losing nothing, the default, needs no consent.
    pub(crate) fn covers(&self, found: &Loss) -> bool {
        *found == Loss::default()
            || match self {
                Self::ToAll => true,
                Self::To(shown) => *shown == found,
            }
    }
}

/// The outcome of a command that may need consent.
#[derive(Debug)]
pub enum Outcome<Done, Loss> {
    /// The command is done.
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
