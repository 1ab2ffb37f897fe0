using System.Diagnostics;
using System.Globalization;
using JamBox.ChipTwin;
using JamBox.Flashing;

namespace JamBox.Tests.ChipTwin;

/// <summary>
/// Any bytes, and packets that are nearly right: the chip answers or does not, and goes on. <c>JB_FUZZ_CASE</c> replays one case.
/// </summary>
public sealed class ChipFuzzTests
{
    private const int Cases = 500;

    [Fact]
    public void ItTakesAnything()
    {
        bool isReplay = int.TryParse(Environment.GetEnvironmentVariable("JB_FUZZ_CASE"), CultureInfo.InvariantCulture, out int only);
        int answers = 0;
        Parallel.For(isReplay ? only : 0, isReplay ? only + 1 : Cases, number =>
        {
            try
            {
                Interlocked.Add(ref answers, Try(new Random(number)));
            }
            catch (Exception e)
            {
                throw new UnreachableException(
                    $"replay: JB_FUZZ_CASE={number} dotnet test tools/ChipTwin.Tests --filter {nameof(ChipFuzzTests)}", e);
            }
        });
        Assert.True(isReplay || answers > Cases, "most packets are answered");
    }

    private static int Try(Random random)
    {
        ChipHost host = new(new ChipOptions { StartsInLoader = true, FlashBytes = 1024 * 1024 });
        if (random.Next(2) == 0)
        {
            host.StartStub();
        }

        int answers = 0;
        for (int i = 0; i < 40; i++)
        {
            host.Send(Packet(random));
            answers += host.Waiting;
            while (host.Waiting > 0)
            {
                Assert.True(host.Next().Length <= 0x20000);
            }
        }

        Assert.Equal(1024 * 1024, host.Chip.Flash.Length);
        host.Chip.Reset(isIntoLoader: true, "POWERON", 1);
        Assert.Equal(9u, host.Register(Esp32S3.MagicRegister));
        return answers;
    }

    private static byte[] Packet(Random random)
    {
        int[] commands = [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16, 17, 18, 19, 20, 0xD0, 0xD1, 0xD2, random.Next(256)];
        uint[] values = [0, 1, 4, 0x400, 0x1000, 0x4000, 0xFFFFF, 0x100000, uint.MaxValue, 0x80000000, 0x40378000, (uint)random.Next()];
        uint[] words = [.. Enumerable.Range(0, random.Next(7)).Select(_ => values[random.Next(values.Length)])];
        byte[] data = [.. RomProtocol.Words(words), .. new byte[random.Next(4) == 0 ? random.Next(2000) : 0]];
        byte[] packet = RomProtocol.Request((RomCommand)commands[random.Next(commands.Length)], data, (byte)random.Next(256));
        if (data.Length > 16 && random.Next(2) == 0)
        {
            packet[4] = RomProtocol.Checksum(data.AsSpan(16));
            RomProtocol.Words((uint)data.Length - 16).CopyTo(packet, 8);
        }

        for (int i = random.Next(4) == 0 ? random.Next(5) : 0; i > 0; i--)
        {
            packet[random.Next(packet.Length)] ^= (byte)(1 << random.Next(8));
        }

        return packet;
    }
}
