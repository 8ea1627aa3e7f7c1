//! Protocol numbers and their names, spelt as nfdump prints them, so that a flow reads the same whichever
//! version or format it came from.
//!
//! Numbers: IANA, "Protocol Numbers". Spellings: the output of nfdump 1.7.1 for each number.

/// The name of a protocol where `text` is a number that has one, else `text` itself.
pub fn name(text: &str) -> &str {
    let name = text.parse::<usize>().ok().and_then(|number| NAMES.get(number));
    name.copied().filter(|it| !it.is_empty()).unwrap_or(text)
}

/// By number; empty where nfdump prints the number itself.
#[rustfmt::skip]
const NAMES: [&str; 138] = [
    "", "ICMP", "IGMP", "GGP", "IPIP", "ST", "TCP", "CBT", "EGP", "IGP", "BBN", "NVPII", "PUP", "ARGUS",
    "ENCOM", "XNET", "CHAOS", "UDP", "MUX", "DCN", "HMP", "PRM", "XNS", "Trnk1", "Trnk2", "Leaf1", "Leaf2",
    "RDP", "IRTP", "ISO-4", "NETBK", "MFESP", "MEINP", "DCCP", "3PC", "IDPR", "XTP", "DDP", "IDPR", "TP++",
    "IL", "IPv6", "SDRP", "Rte6", "Frag6", "IDRP", "RSVP", "GRE", "MHRP", "BNA", "ESP", "AH", "INLSP",
    "SWIPE", "NARP", "MOBIL", "TLSP", "SKIP", "ICMP6", "NOHE6", "OPTS6", "HOST", "CFTP", "NET", "SATNT",
    "KLAN", "RVD", "IPPC", "FS", "SATM", "VISA", "IPCV", "CPNX", "CPHB", "WSN", "PVP", "BSATM", "SUNND",
    "WBMON", "WBEXP", "ISOIP", "VMTP", "SVMTP", "VINES", "TTP", "NSIGP", "DGP", "TCF", "EIGRP", "OSPF",
    "S-RPC", "LARP", "MTP", "AX.25", "OS", "MICP", "SCCSP", "ETHIP", "ENCAP", "", "GMTP", "IFMP", "PNNI",
    "PIM", "ARIS", "SCPS", "QNX", "A/N", "IPcmp", "SNP", "CpqPP", "IPXIP", "VRRP", "PGM", "0hop", "L2TP",
    "DDX", "IATP", "STP", "SRP", "UTI", "SMP", "SM", "PTP", "ISIS4", "FIRE", "CRTP", "CRUDP", "", "IPLT",
    "SPS", "PIPE", "SCTP", "FC", "", "MHEAD", "UDP-L", "MPLS",
];

#[cfg(test)]
mod tests {
    use super::name;

    #[test]
    fn numbers_become_names_and_names_stay() {
        assert_eq!(name("6"), "TCP");
        assert_eq!(name("17"), "UDP");
        assert_eq!(name("58"), "ICMP6");
        assert_eq!(name("0"), "0");
        assert_eq!(name("255"), "255");
        assert_eq!(name("TCP"), "TCP");
        assert_eq!(name("OTHER"), "OTHER");
    }
}
