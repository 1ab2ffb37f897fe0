using System.Text;
using JamBox.Twin.Modem;
using JamBox.Twin.Time;

namespace JamBox.Twin.Tests.Modem;

public class ModemFuzzTests
{
    private static readonly string[] s_pieces =
    [
        "AT", "\r", "\r", "\r\n", "+CIPOPEN=0,\"TCP\",\"a\",80", "+CIPSEND=0,", "20", "1500", "+CIPRXGET=2,0,", "+CIPRXGET=1", "+CIPRXGET=4,1", "+NETOPEN", "+NETCLOSE",
        "+CIPCLOSE=0", "+CGATT=1", "+CEREG=2", "+CEREG?", "?", "=", ",", "\"", "\0", "\xFF", "E0", "E1", "+CFUN=1,1", "+CGDCONT=0,\"IP\",\"x\"", "+CPSI?", "+CCLK?", "99999999999",
    ];

    [Fact]
    public void WhateverComesItAnswersAtInTheEnd()
    {
        for (int seed = 0; seed < 60; seed++)
        {
            string first = Torment(seed);
            Assert.Equal(first, Torment(seed));
        }
    }

    // Random commands, pieces of commands, faults and moods; at the end a reset must always bring it back.
    private static string Torment(int seed)
    {
        SeededRandom random = new(seed);
        ModemRig rig = new(Moods(random), seed: seed);
        for (int i = 0; i < 300; i++)
        {
            StringBuilder text = new();
            for (int n = random.Between(1, 6); n > 0; n--)
            {
                text.Append(s_pieces[random.Between(0, s_pieces.Length - 1)]);
            }

            rig.Write(text.ToString());
            rig.Hear(random.Chance(0.2) ? random.Between(10, 5_000) : random.Between(10, 200));
            Disturb(rig, random);
        }

        Assert.True(rig.Modem.HardwareReset());
        rig.Hear(5_000);
        Assert.EndsWith("\r\nOK\r\n", rig.Ask("AT"));
        return rig.TranscriptText.ToString();
    }

    private static void Disturb(ModemRig rig, SeededRandom random)
    {
        switch (random.Between(0, 60))
        {
            case 0:
                rig.Modem.Restart();
                break;
            case 1:
                rig.Modem.Network.Lose(random.Between(0, 20_000));
                break;
            case 2:
                rig.Modem.Network.CloseUnexpectedly();
                break;
            case 3:
                rig.Modem.EmitGarbage(random.Between(1, 500));
                break;
            case 4:
                rig.Modem.Faults.MissedPrompts++;
                break;
            case 5:
                rig.Modem.Faults.RestartsInSend++;
                break;
            case 6:
                rig.Modem.Faults.SilentUntilMs = rig.Clock.NowMs + 3_000;
                break;
            case < 15 when rig.Bridge is { Sink: { } sink, IsClosed: false }:
                sink.Received(new byte[random.Between(1, 3_000)]);
                break;
            case 15 when rig.Bridge is { Sink: { } sink, IsClosed: false }:
                sink.Closed();
                break;
        }
    }

    private static ModemOptions Moods(SeededRandom random)
    {
        return new ModemOptions
        {
            Receive = (ReceiveDialect)random.Between(0, 3),
            CipOpen = (CipOpenStyle)random.Between(0, 3),
            PeerClose = (PeerCloseOrder)random.Between(0, 1),
            SegmentBytes = new MsRange(1, 700),
            ReadBytes = new MsRange(1, 40),
            ShortWriteChance = 0.2,
            CfunOkLast = random.Chance(0.5),
            AnnouncesPowerDown = random.Chance(0.5),
        };
    }
}
