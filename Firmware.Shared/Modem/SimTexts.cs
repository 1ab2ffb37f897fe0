namespace JamBox.Modem;

/// <summary>Meanings of the reports that <see cref="Sim7028"/> listens to: the first character of a row.</summary>
internal enum SimReport
{
    /// <summary>Known, and of no interest.</summary>
    Ignored = '-',

    /// <summary>A line that only a modem says which starts.</summary>
    Boot = 'b',

    /// <summary>The peer closed a link.</summary>
    PeerClosed = 'c',

    /// <summary>Payload waits in the modem.</summary>
    DataWaits = 'd',

    /// <summary>State of the registration, as a report or as an answer.</summary>
    Registration = 'g',

    /// <summary>The modem closed a link.</summary>
    LinkClosed = 'l',

    /// <summary>The network closed by itself.</summary>
    NetworkLost = 'n',

    /// <summary>The network is closed.</summary>
    NetworkClosed = 'o',

    /// <summary>Payload was taken.</summary>
    Sent = 's',

    /// <summary>A line that a starting modem says late, or another one as an answer: a restart only in mid-session.</summary>
    BootLate = 't',

    /// <summary>A command for a link found no network.</summary>
    NetworkNotOpened = 'w',
}

/// <content>What is said to a SIM7028, and what it says (docs/modem.md).</content>
public sealed partial class Sim7028
{
    /// <summary>
    /// The commands, and tables in the writing of <see cref="AtTable"/>: of final lines, of responses (<c>…Rows</c>), of what announces payload,
    /// of reports; all in one string (see <see cref="JamBox.Text.Ascii"/>).
    /// </summary>
    internal static class Texts
    {
        public const int Attention = 0x00_02;
        public const int EchoOff = 0x03_04;
        public const int SleepOff = 0x08_0A;
        public const int SlowClockOff = 0x13_0A;
        public const int Sim = 0x1E_08;
        public const int Bands = 0x27_0A;
        public const int Restart = 0x32_0B;
        public const int Registration = 0x3E_09;
        public const int Apn = 0x48_13;
        public const int Attach = 0x5C_0A;
        public const int NetworkOpen = 0x67_0A;
        public const int NetworkClose = 0x72_0B;
        public const int Address = 0x7E_09;
        public const int Context = 0x88_0B;
        public const int Buffered = 0x94_0D;
        public const int Signal = 0xA2_06;
        public const int Operator = 0xA9_08;
        public const int Activation = 0xB2_09;
        public const int LinkOpen = 0xBC_14;
        public const int LinkOpenPort = 0xD1_02;
        public const int LinkClose = 0xD4_0D;
        public const int Send = 0xE2_0D;
        public const int Fetch = 0xF0_10;
        public const int Finals = 0x101_3F;
        public const int SimRows = 0x141_16;
        public const int RegistrationRows = 0x158_09;
        public const int NetworkOpenRows = 0x162_3D;
        public const int NetworkCloseRows = 0x1A0_0C;
        public const int AddressRows = 0x1AD_0A;
        public const int ContextRows = 0x1B8_0D;
        public const int SignalRows = 0x1C6_07;
        public const int LinkOpenRows = 0x1CE_1C;
        public const int LinkCloseRows = 0x1EB_0E;
        public const int SentRows = 0x1FA_0D;
        public const int FetchedRows = 0x208_10;
        public const int Headers = 0x219_2E;
        public const int Reports = 0x248_A1;
        public const int BootReports = 0x2EA_84;

        public static readonly string All =
            "AT|"
            + "ATE0|"
            + "AT+CPSMS=0|"
            + "AT+CSCLK=0|"
            + "AT+CPIN?|"
            + "AT+QCBAND=|"
            + "AT+CFUN=1,1|"
            + "AT+CEREG?|"
            + "AT+CGDCONT=0,\"IP\",\"|"
            + "AT+CGATT=1|"
            + "AT+NETOPEN|"
            + "AT+NETCLOSE|"
            + "AT+IPADDR|"
            + "AT+CGDCONT?|"
            + "AT+CIPRXGET=1|"
            + "AT+CSQ|"
            + "AT+COPS?|"
            + "AT+CGACT?|"
            + "AT+CIPOPEN=0,\"TCP\",\"|"
            + "\",|"
            + "AT+CIPCLOSE=0|"
            + "AT+CIPSEND=0,|"
            + "AT+CIPRXGET=2,0,|"
            + "kOK$;"
                + "eERROR$;"
                + "e+CME ERROR:;"
                + "e+CMS ERROR:;"
                + "x+IP ERROR:;"
                + "x+CIPERROR:;|"
            + "r+CPIN:READY$;"
                + "x+CPIN:;|"
            + "r+CEREG:;|"
            + "a+IP ERROR:Network is already opened;"
                + "r+NETOPEN:0$;"
                + "x+NETOPEN:;|"
            + "r+NETCLOSE:;|"
            + "r+IPADDR:;|"
            + "r+CGDCONT:0,;|"
            + "r+CSQ:;|"
            + "r+CIPOPEN:0,0$;"
                + "x+CIPOPEN:0,;|"
            + "r+CIPCLOSE:0,;|"
            + "r+CIPSEND:0,;|"
            + "r+CIPRXGET:2,0,;|"
            + "f+CIPRXGET:2,@,#;"
                + "p+RECEIVE,@,#;"
                + "p+IPD#;"
                + "p+IPD,#;|"
            + "d+CIPRXGET:1,;"
                + "g+CEREG:;"
                + "c+IPCLOSE:;"
                + "l+CIPCLOSE:0,0$;"
                + "s+CIPSEND:;"
                + "n+CIPEVENT:NETWORK CLOSED;"
                + "o+NETCLOSE:;"
                + "w+IP ERROR:Network not opened;"
                + "-RECV FROM:;"
                + "-Network Available$;|"
            + "b*ATREADY;"
                + "bLoadVerifyImageHead;"
                + "bRDY$;"
                + "bNORMAL POWER DOWN$;"
                + "tSIM Ready$;"
                + "t+CPIN:READY$;"
                + "tPB DONE$;"
                + "-test:VerifyImageHead;"
                + "-VerifyImageBody;|";
    }
}
