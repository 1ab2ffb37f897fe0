namespace JamBox.Twin.Modem;

/// <summary>What <c>AT+IPADDR</c> answers when the network is open.</summary>
internal enum IpAddrAnswer
{
    /// <summary>The address.</summary>
    Address,

    /// <summary><c>+IPADDR: Network not opened</c> and <c>ERROR</c>.</summary>
    FailsAsIpAddr,

    /// <summary><c>+IP ERROR: Network not opened</c> and <c>ERROR</c>.</summary>
    FailsAsIpError,

    /// <summary><c>+IPADDR:</c> without an address, and <c>OK</c>.</summary>
    Empty,

    /// <summary><c>OK</c> alone.</summary>
    Nothing,
}
