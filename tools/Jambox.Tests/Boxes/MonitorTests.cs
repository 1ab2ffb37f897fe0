using JamBox.Bench.Boxes.Ports;
using JamBox.Bench.Boxes.Serial;
using JamBox.Bench.CommandLine;
using JamBox.Bench.Tests.Hosting;
using JamBox.Flashing;

namespace JamBox.Bench.Tests.Boxes;

/// <summary>What a box says, as the bench shows it.</summary>
public sealed class MonitorTests
{
    private const string Token = "abcdefghijklmnopqrstuvwxyz0123456789-_ABCDE";

    [Fact]
    public async Task WhatABoxSaysIsShownAndKept()
    {
        string log = Path.GetTempFileName();
        TestTerminal terminal = new();
        Assert.Equal(0, await terminal.RunAsync("box", "monitor", "--port", "twin", "--for", "1", "--log", log));
        Assert.Contains("invalid header: 0xffffffff", terminal.Output, StringComparison.Ordinal);
        Assert.Contains("invalid header: 0xffffffff", await File.ReadAllTextAsync(log), StringComparison.Ordinal);
        File.Delete(log);
        Assert.Equal(ExitCode.BadInput, await terminal.RunAsync("box", "monitor", "--port", "twin", "--for", "0"));
        Assert.Equal(0, await terminal.RunAsync("box", "monitor", "--port", "twin", "--for", "1", "--reset"));
    }

    [Theory]
    [InlineData($"Authorization: Bearer {Token}")]
    [InlineData($"token={Token}")]
    [InlineData($"{{\"device_token\":\"{Token}\",\"x\":1}}")]
    [InlineData($"nothing names it: {Token}.")]
    [InlineData("token: short-ones-too")]
    public void ATokenIsNeverShown(string line)
    {
        string shown = SecretMask.Hide(line);
        Assert.DoesNotContain(Token, shown, StringComparison.Ordinal);
        Assert.DoesNotContain("short-ones", shown, StringComparison.Ordinal);
        Assert.Contains("[hidden]", shown, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("heap free 92160, largest block 92160")]
    [InlineData("image 1549c856aa00ff1549c856aa00ff1549c856aa00ff1549c856aa00ff12345678")]
    [InlineData("> AT+CGDCONT=0,\"IP\",\"hologram\"")]
    public void WhatIsNoTokenIsLeftAlone(string line) => Assert.Equal(line, SecretMask.Hide(line));

    /// <summary>Any bytes: no line is too long, nothing in one steers a terminal, and all that can be read is there.</summary>
    [Fact]
    public void AnyBytesBecomeLines()
    {
        const int Seed = 20260728;
        Random random = new(Seed);
        for (int round = 0; round < 300; round++)
        {
            var bytes = new byte[random.Next(1, 3000)];
            random.NextBytes(bytes);
            bytes[^1] = (byte)'\n';
            SerialText text = new(new BoxPort(new Silence(), new Silence()));
            text.Feed(bytes);
            ProvisioningWatch watch = new();
            while (text.Read(TimeSpan.FromMilliseconds(1)) is { } line)
            {
                Assert.True(line.Length is > 0 and <= SerialText.MaxLineLength, $"seed {Seed}, round {round}");
                Assert.DoesNotContain(line, static c => c is < ' ' or > '~');
                watch.Take(line);
                Assert.InRange(watch.Step, 0, 12);
            }
        }
    }

    /// <summary>Lines of a provisioning in any order, cut anywhere: the step stays one of the twelve, a result is what was said.</summary>
    [Fact]
    public void AnyOrderOfLinesIsWithstood()
    {
        const int Seed = 7;
        string[] lines =
        [
            "JamBox NB provisioning 6.0.0, started by power", "JamBox NB 6.0.0, started by power, configuration 0, 0 readings wait", "> AT",
            "> AT+CFUN=1,1", "> AT+CEREG?", "< +CSQ: 18,99", "< +CSQ: 99,99", "step 99 of 12 failed: AT -> (no answer)",
            "PROVISIONING FAILED: SIM_NOT_READY. Seat the SIM. Press the button to try again.", "PROVISIONING FAILED: ",
            "PROVISIONING SUCCESS: the modem is set up.", "button: trying again", "> AT+CGDCONT?", "provisioned before.",
        ];
        Random random = new(Seed);
        for (int round = 0; round < 500; round++)
        {
            ProvisioningWatch watch = new();
            for (int i = 0; i < 20; i++)
            {
                string line = lines[random.Next(lines.Length)];
                watch.Take(line[..random.Next(line.Length + 1)]);
                Assert.InRange(watch.Step, 0, 12);
                Assert.True(watch.Failure is null or "SIM_NOT_READY" or "SIM_NOT_READ", $"seed {Seed}, round {round}: {watch.Failure}");
            }
        }
    }

    /// <summary>A line on which nothing ever comes.</summary>
    private sealed class Silence : ISerialLine, IFlashClock
    {
        public string Name => "silence";

        public int BaudRate { get; set; }

        public IResetLines? ResetLines => null;

        public TimeSpan Now { get; private set; }

        public int Read(Span<byte> buffer, TimeSpan timeout)
        {
            Now += timeout;
            return 0;
        }

        public void Write(ReadOnlySpan<byte> bytes)
        {
        }

        public void DiscardInput()
        {
        }

        public void Release()
        {
        }

        public void Reopen()
        {
        }

        public void Wait(TimeSpan time) => Now += time;

        public void Dispose()
        {
        }
    }
}
