namespace JamBox.Modem;

/// <content>What is said to a SIM7028, and what it says (docs/modem.md).</content>
public sealed partial class Sim7028
{
    /// <summary>
    /// The commands, and tables in the writing of <see cref="AtTable"/>: of final lines, of responses (<c>…Rows</c>), of what announces
    /// payload, of reports; all in one string (see <see cref="JamBox.Text.Ascii"/>).
    /// </summary>
    internal static class Texts
    {
        public const int EchoOff = 0x00_04;
        public const int SleepOff = 0x05_0A;
        public const int SlowClockOff = 0x10_0A;
        public const int Sim = 0x1B_08;
        public const int Bands = 0x24_0A;
        public const int Restart = 0x2F_0B;
        public const int Registration = 0x3B_09;
        public const int Apn = 0x45_13;
        public const int Attach = 0x59_0A;
        public const int NetworkOpen = 0x64_0A;
        public const int NetworkClose = 0x6F_0B;
        public const int Address = 0x7B_09;
        public const int Context = 0x85_0B;
        public const int Buffered = 0x91_0D;
        public const int Signal = 0x9F_06;
        public const int Operator = 0xA6_08;
        public const int Activation = 0xAF_09;
        public const int LinkOpen = 0xB9_14;
        public const int LinkOpenPort = 0xCE_02;
        public const int LinkClose = 0xD1_0D;
        public const int Send = 0xDF_0D;
        public const int Fetch = 0xED_10;
        public const int Finals = 0xFE_3F;
        public const int SimRows = 0x13E_16;
        public const int RegistrationRows = 0x155_09;
        public const int NetworkOpenRows = 0x15F_3D;
        public const int NetworkCloseRows = 0x19D_0C;
        public const int AddressRows = 0x1AA_0A;
        public const int ContextRows = 0x1B5_0D;
        public const int SignalRows = 0x1C3_07;
        public const int LinkOpenRows = 0x1CB_1C;
        public const int LinkCloseRows = 0x1E8_0E;
        public const int SentRows = 0x1F7_0D;
        public const int FetchedRows = 0x205_10;
        public const int Headers = 0x216_2E;
        public const int Reports = 0x245_A1;
        public const int BootReports = 0x2E7_84;

        public static readonly string All =
            "ATE0|"
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
