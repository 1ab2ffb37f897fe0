namespace JamBox.Modem;

/// <summary>What a SIM7028 says, and what it means (SIM7028.md).</summary>
internal static class SimTables
{
    /// <summary>What may come at any time.</summary>
    public static readonly AtMatch[] Reports =
    {
        AtMatch.ReportPrefix("+CIPRXGET: 1,", SimReport.DataWaits),
        AtMatch.ReportPrefix("+CEREG:", SimReport.Registration),
        AtMatch.ReportPrefix("+IPCLOSE:", SimReport.PeerClosed),
        AtMatch.ReportLine("+CIPCLOSE: 0,0", SimReport.LinkClosed),
        AtMatch.ReportPrefix("+CIPSEND:", SimReport.Sent),
        AtMatch.ReportPrefix("+CIPEVENT: NETWORK CLOSED", SimReport.NetworkLost),
        AtMatch.ReportPrefix("+NETCLOSE:", SimReport.NetworkClosed),
        AtMatch.ReportPrefix("+IP ERROR: Network not opened", SimReport.NetworkNotOpened),
        AtMatch.ReportPrefix("*ATREADY", SimReport.Boot),
        AtMatch.ReportPrefix("LoadVerifyImageHead", SimReport.Boot),
        AtMatch.ReportLine("RDY", SimReport.Boot),
        AtMatch.ReportLine("NORMAL POWER DOWN", SimReport.Boot),
        AtMatch.ReportLine("SIM Ready", SimReport.BootLate),
        AtMatch.ReportLine("+CPIN: READY", SimReport.BootLate),
        AtMatch.ReportLine("PB DONE", SimReport.BootLate),
        AtMatch.ReportLine("Network Available", SimReport.Ignored),
        AtMatch.ReportPrefix("test:VerifyImageHead", SimReport.Ignored),
        AtMatch.ReportPrefix("VerifyImageBody", SimReport.Ignored),
        AtMatch.ReportPrefix("RECV FROM:", SimReport.Ignored),
    };

    /// <summary>AT+CPIN?.</summary>
    public static readonly AtMatch[] Sim =
    {
        AtMatch.Line("+CPIN: READY", AtAction.Result),
        AtMatch.Prefix("+CPIN:", AtAction.Refuse),
    };

    /// <summary>AT+CEREG?.</summary>
    public static readonly AtMatch[] Registration =
    {
        AtMatch.Prefix("+CEREG:", AtAction.Result),
    };

    /// <summary>AT+NETOPEN.</summary>
    public static readonly AtMatch[] NetworkOpen =
    {
        AtMatch.Prefix("+IP ERROR: Network is already opened", AtAction.Accept),
        AtMatch.Line("+NETOPEN: 0", AtAction.Result),
        AtMatch.Prefix("+NETOPEN:", AtAction.Refuse),
    };

    /// <summary>AT+NETCLOSE.</summary>
    public static readonly AtMatch[] NetworkClose =
    {
        AtMatch.Prefix("+NETCLOSE:", AtAction.Result),
    };

    /// <summary>AT+IPADDR.</summary>
    public static readonly AtMatch[] Address =
    {
        AtMatch.Prefix("+IPADDR:", AtAction.Result),
    };

    /// <summary>AT+CGDCONT?: context 0 is the modem's own, and ours.</summary>
    public static readonly AtMatch[] Context =
    {
        AtMatch.Prefix("+CGDCONT: 0,", AtAction.Result),
    };

    /// <summary>AT+CSQ.</summary>
    public static readonly AtMatch[] Signal =
    {
        AtMatch.Prefix("+CSQ:", AtAction.Result),
    };

    /// <summary>AT+CIPOPEN.</summary>
    public static readonly AtMatch[] LinkOpen =
    {
        AtMatch.Line("+CIPOPEN: 0,0", AtAction.Result),
        AtMatch.Prefix("+CIPOPEN: 0,", AtAction.Refuse),
    };

    /// <summary>AT+CIPCLOSE=0.</summary>
    public static readonly AtMatch[] LinkClose =
    {
        AtMatch.Prefix("+CIPCLOSE: 0,", AtAction.Result),
    };

    /// <summary>The payload of AT+CIPSEND: requested and confirmed bytes.</summary>
    public static readonly AtMatch[] Sent =
    {
        AtMatch.Prefix("+CIPSEND: 0,", AtAction.Result),
    };

    /// <summary>AT+CIPRXGET=2: bytes read, bytes left.</summary>
    public static readonly AtMatch[] Fetched =
    {
        AtMatch.Prefix("+CIPRXGET: 2,0,", AtAction.Result),
    };
}
