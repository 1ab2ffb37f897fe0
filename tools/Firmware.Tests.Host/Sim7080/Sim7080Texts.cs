namespace JamBox.Tests.Host.Sim7080;

/// <content>What is said to a SIM7080, and what it says.</content>
internal sealed partial class Sim7080
{
    /// <summary>The commands, and tables in the writing of <see cref="JamBox.Modem.AtTable"/>.</summary>
    internal static class Texts
    {
        public const int EchoOff = 0x00_04;
        public const int SleepOff = 0x05_0A;
        public const int SlowClockOff = 0x10_0A;
        public const int Sim = 0x1B_08;
        public const int Bands = 0x24_0C;
        public const int Restart = 0x31_0B;
        public const int Registration = 0x3D_09;
        public const int Apn = 0x47_0E;
        public const int Attach = 0x56_0A;
        public const int NetworkOpen = 0x61_0C;
        public const int NetworkClose = 0x6E_0C;
        public const int Address = 0x7B_09;
        public const int Signal = 0x85_06;
        public const int Operator = 0x8C_08;
        public const int LinkOpen = 0x95_15;
        public const int LinkOpenPort = 0xAB_02;
        public const int LinkClose = 0xAE_0C;
        public const int Send = 0xBB_0C;
        public const int Fetch = 0xC8_0C;
        public const int Finals = 0xD5_27;
        public const int SimRows = 0xFD_16;
        public const int RegistrationRows = 0x114_09;
        public const int NetworkOpenRows = 0x11E_21;
        public const int AddressRows = 0x140_0E;
        public const int SignalRows = 0x14F_07;
        public const int LinkOpenRows = 0x157_1A;
        public const int FetchedRows = 0x172_0A;
        public const int Headers = 0x17D_0C;
        public const int Reports = 0x18A_6B;

        public static readonly string All =
            "ATE0|"
            + "AT+CPSMS=0|"
            + "AT+CSCLK=0|"
            + "AT+CPIN?|"
            + "AT+CBANDCFG=|"
            + "AT+CFUN=1,1|"
            + "AT+CEREG?|"
            + "AT+CNCFG=0,1,\"|"
            + "AT+CGATT=1|"
            + "AT+CNACT=0,1|"
            + "AT+CNACT=0,0|"
            + "AT+CNACT?|"
            + "AT+CSQ|"
            + "AT+COPS?|"
            + "AT+CAOPEN=0,0,\"TCP\",\"|"
            + "\",|"
            + "AT+CACLOSE=0|"
            + "AT+CASEND=0,|"
            + "AT+CARECV=0,|"
            + "kOK$;eERROR$;e+CME ERROR:;e+CMS ERROR:;|"
            + "r+CPIN:READY$;x+CPIN:;|"
            + "r+CEREG:;|"
            + "r+APP PDP:0,ACTIVE$;x+APP PDP:0,;|"
            + "r+CNACT:0,1,\";|"
            + "r+CSQ:;|"
            + "r+CAOPEN:0,0$;x+CAOPEN:0,;|"
            + "r+CARECV:;|"
            + "i+CARECV:#,;|"
            + "d+CADATAIND:;g+CEREG:;c+CASTATE:;n+APP PDP:0,DEACTIVE$;bRDY$;bNORMAL POWER DOWN$;tSMS Ready$;t+CPIN:READY$;|";
    }
}
