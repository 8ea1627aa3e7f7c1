//! Generates the lookups in the IANA registries for values of a row of any table.

use flow_oa_schema::context::IanaFact;
use flow_oa_schema::types::ColumnType;
use proc_macro2::TokenStream;
use quote::quote;

use crate::spell;

/// The value that is looked up.
pub(crate) struct About<'a> {
    /// An expression for the value.
    pub(crate) value: &'a TokenStream,
    /// The type of the value.
    pub(crate) kind: ColumnType,
}

/// An expression for the fact about a value, for a column of type `kind`. `protocol` is an expression for the protocol,
/// if the value is a port.
pub(crate) fn answer(
    about: &About<'_>,
    protocol: Option<&TokenStream>,
    fact: IanaFact,
    kind: ColumnType,
) -> TokenStream {
    let text = spell::as_text(about.value, about.kind);
    let port = spell::converted(about.value.clone(), about.kind, ColumnType::Bigint);
    match fact {
        IanaFact::ProtocolName => {
            quote!(::flow_oa_core::Text::from(::flow_oa_core::iana::protocol::keyword(&#text)))
        }
        IanaFact::ProtocolNumber => byte(&quote!(::flow_oa_core::iana::protocol::number(&#text)), kind),
        IanaFact::Service => {
            quote!(::flow_oa_core::Text::from(::flow_oa_core::iana::service::name(#port, &#protocol)))
        }
        IanaFact::IcmpMessage => quote!(::flow_oa_core::iana::icmp::name(#port, &#protocol)),
        IanaFact::IcmpType => byte(&quote!(::flow_oa_core::iana::icmp::kind(#port, &#protocol)), kind),
        IanaFact::IcmpCode => byte(&quote!(::flow_oa_core::iana::icmp::code(#port, &#protocol)), kind),
        IanaFact::TcpFlags => quote!(::flow_oa_core::iana::flags::names(&#text)),
    }
}

/// Converts an optional byte to the type of a column.
fn byte(found: &TokenStream, kind: ColumnType) -> TokenStream {
    let number = spell::converted(quote!(it), ColumnType::Int, kind);
    quote!(#found.map(|it| {
        let it = ::core::primitive::i32::from(it);
        #number
    }))
}
