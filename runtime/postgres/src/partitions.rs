//! The partitions of a table as they exist on the server: ranges of year, month and day, no matter what created them.

use crate::day_partition::Replaced;
use flow_oa_engine::Days;

/// A table that is partitioned by ranges of integers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Partitioned {
    /// The partition key columns.
    pub(super) keys: Vec<String>,
    pub(super) parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    /// The qualified name, quoted.
    pub(super) name: String,
    pub(super) bounds: Bounds,
    pub(super) may_truncate: bool,
    /// Whether the role owns it.
    pub(super) is_own: bool,
    /// Whether the role may read it by its own name. A role that may read the table may always read it through the
    /// table.
    pub(super) may_read: bool,
    /// What is needed to replace it by another table, if that is possible.
    pub(super) replaceable: Option<Replaced>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Bounds {
    /// From the first, included, to the second, excluded; compared column by column.
    Range(Vec<i64>, Vec<i64>),
    /// The default partition: all rows that belong to no other partition.
    Rest,
}

impl Bounds {
    /// Parses the output of `pg_get_expr`: `DEFAULT`, or `FOR VALUES FROM ('2016', '7', '8') TO ('2016', '7', '9')`.
    pub(super) fn read(text: &str) -> Option<Self> {
        if text.trim() == "DEFAULT" {
            return Some(Self::Rest);
        }
        let rest = text.trim().strip_prefix("FOR VALUES FROM (")?.strip_suffix(')')?;
        let (from, to) = rest.split_once(") TO (")?;
        let number = |text: &str| match text.trim().trim_matches('\'') {
            "MINVALUE" => Some(i64::MIN),
            "MAXVALUE" => Some(i64::MAX),
            number => number.parse().ok(),
        };
        let numbers = |text: &str| text.split(',').map(number).collect::<Option<Vec<_>>>();
        Some(Self::Range(numbers(from)?, numbers(to)?))
    }

    fn holds(&self, day: &[i64]) -> bool {
        match self {
            Self::Range(from, to) => from.as_slice() <= day && day < to.as_slice(),
            Self::Rest => false,
        }
    }

    /// Whether the partition holds exactly this day.
    fn are_of(&self, day: &[i64]) -> bool {
        let Some((last, before)) = day.split_last() else { return false };
        let next = [before, &[last + 1]].concat();
        matches!(self, Self::Range(from, to) if from == day && *to == next)
    }

    /// Whether all days of the partition are before this day.
    fn are_before(&self, day: &[i64]) -> bool {
        matches!(self, Self::Range(_, to) if to.as_slice() <= day)
    }
}

impl Partitioned {
    /// The values of `days` in the order of the keys. `None` unless the columns of `days` are exactly the keys.
    pub(super) fn values(&self, days: &Days) -> Option<Vec<i64>> {
        let (names, values): (Vec<&String>, Vec<i64>) =
            days.values().iter().map(|(name, value)| (name, value)).unzip();
        names.into_iter().eq(&self.keys).then_some(values)
    }

    /// Whether a partition accepts rows of this day.
    pub(super) fn has(&self, day: &[i64]) -> bool {
        self.parts.iter().any(|part| part.bounds == Bounds::Rest || part.bounds.holds(day))
    }

    /// The partition that holds this day, possibly together with other days.
    pub(super) fn of(&self, day: &[i64]) -> Option<&Part> {
        let own = self.parts.iter().find(|part| part.bounds.holds(day));
        own.or_else(|| self.parts.iter().find(|part| part.bounds == Bounds::Rest))
    }

    /// The partition that holds exactly this day.
    pub(super) fn only_of(&self, day: &[i64]) -> Option<&Part> {
        self.parts.iter().find(|part| part.bounds.are_of(day))
    }

    /// The partitions that hold only days before this day.
    pub(super) fn before<'a>(&'a self, day: &'a [i64]) -> impl Iterator<Item = &'a Part> {
        self.parts.iter().filter(|part| part.bounds.are_before(day))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(bounds: &[&str]) -> Partitioned {
        let part = |text: &&str| Part {
            name: (*text).to_owned(),
            bounds: Bounds::read(text).unwrap(),
            may_truncate: true,
            is_own: true,
            may_read: true,
            replaceable: None,
        };
        let keys = ["y", "m", "d"].map(str::to_owned).to_vec();
        Partitioned { keys, parts: bounds.iter().map(part).collect() }
    }

    #[test]
    fn a_day_is_found_in_its_own_partition_in_a_wider_one_and_in_the_rest() {
        let day = "FOR VALUES FROM ('2016', '7', '8') TO ('2016', '7', '9')";
        let month = "FOR VALUES FROM (2016, 8, MINVALUE) TO (2016, 9, MINVALUE)";
        let some = table(&[day, month]);
        assert!(some.has(&[2016, 7, 8]) && some.has(&[2016, 8, 31]) && !some.has(&[2016, 7, 9]));
        assert_eq!(some.only_of(&[2016, 7, 8]).unwrap().name, day);
        assert_eq!(some.only_of(&[2016, 8, 1]), None);
        assert_eq!(some.of(&[2016, 8, 1]).unwrap().name, month);
        assert_eq!(some.before(&[2016, 8, 31]).count(), 1);
        assert_eq!(some.before(&[2016, 9, 1]).count(), 2);
        let all = table(&[day, "DEFAULT"]);
        assert!(all.has(&[1999, 1, 1]));
        assert_eq!(all.of(&[1999, 1, 1]).unwrap().name, "DEFAULT");
        assert_eq!(all.before(&[2099, 1, 1]).count(), 1);
    }

    #[test]
    fn other_bounds_are_not_understood() {
        for text in [
            "FOR VALUES IN (1)",
            "FOR VALUES WITH (modulus 2, remainder 0)",
            "FOR VALUES FROM ('a') TO ('b')",
            "",
        ] {
            assert_eq!(Bounds::read(text), None, "{text}");
        }
    }

    #[test]
    fn days_are_taken_from_the_keys_or_not_at_all() {
        let some = table(&[]);
        let days =
            |names: [&str; 3]| Days::On(names.into_iter().map(str::to_owned).zip([2016, 7, 8]).collect());
        assert_eq!(some.values(&days(["y", "m", "d"])), Some(vec![2016, 7, 8]));
        assert_eq!(some.values(&days(["y", "d", "m"])), None);
    }
}
