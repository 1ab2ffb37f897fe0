using System.Text;
using JamBox.Twin.Modem;

namespace JamBox.Twin.Tests.Modem;

public class TranscriptTests
{
    private const string Token = "sEcReT-tOkEn-0123456789";

    private readonly StringWriter _writer = new();

    [Fact]
    public void EveryByteIsShown()
    {
        Transcript transcript = new(_writer);
        transcript.Write(12_345, TranscriptKind.Command, "AT+CSQ\r"u8);
        transcript.Write(90_061_007, TranscriptKind.Answer, [13, 10, 0, 0xFF, (byte)'\\', (byte)'~']);
        Assert.Equal("00:00:12.345 > AT+CSQ\\r\n25:01:01.007 < \\r\\n\\x00\\xFF\\\\~\n", _writer.ToString());
    }

    [Fact]
    public void TheTokenIsMaskedWhereverItIsCut()
    {
        byte[] request = Encoding.ASCII.GetBytes($"POST / HTTP/1.1\r\nAuthorization: Bearer {Token}\r\nHost: a\r\n\r\n");
        for (int cut = 1; cut < request.Length; cut++)
        {
            StringWriter writer = new();
            Transcript transcript = new(writer);
            transcript.Write(0, TranscriptKind.Payload, request.AsSpan(0, cut));
            transcript.Write(0, TranscriptKind.Command, "AT+CIPSEND=0,9\r"u8);
            transcript.Write(0, TranscriptKind.Payload, request.AsSpan(cut));
            string text = writer.ToString();
            for (int i = 0; i + 4 <= Token.Length; i++)
            {
                Assert.DoesNotContain(Token.Substring(i, 4), text);
            }

            Assert.Contains("***", text);
            Assert.Contains("Host: a", text.Replace("\n00:00:00.000 > AT+CIPSEND=0,9\\r\n00:00:00.000 » ", string.Empty));
        }
    }

    [Fact]
    public void AKnownSecretIsMaskedAnywhere()
    {
        Transcript transcript = new(_writer, Token, "short");
        transcript.Write(0, TranscriptKind.Lost, Encoding.ASCII.GetBytes("x" + Token[5..] + "\r"));
        transcript.Write(0, TranscriptKind.Answer, Encoding.ASCII.GetBytes($"short {Token}{Token} end"));
        Assert.Equal("00:00:00.000 x x***\\r\n00:00:00.000 < short *** end\n", _writer.ToString());
    }

    [Fact]
    public void TheModemWritesBothDirections()
    {
        ModemRig rig = ModemRig.Connected();
        rig.Ask("AT+CIPSEND=0,40");
        rig.Write("Bearer " + Token[..7]);
        rig.Write(Token[7..] + "\r\nabcdefgh");
        rig.Hear(500);
        string[] lines = rig.TranscriptText.ToString().Split('\n');
        Assert.Contains(lines, line => line.EndsWith("> AT+CIPSEND=0,40\\r"));
        Assert.Contains(lines, line => line.EndsWith("< >"));
        Assert.Contains(lines, line => line.EndsWith("» Bearer ***\\r\\nabcdefgh"));
        Assert.Contains(lines, line => line.EndsWith("< \\r\\nOK\\r\\n\\r\\n+CIPSEND: 0,40,40\\r\\n"));
    }
}
