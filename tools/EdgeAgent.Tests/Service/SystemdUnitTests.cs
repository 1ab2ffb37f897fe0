using System.Diagnostics;

using JamBox.Edge.Service;
using JamBox.Edge.Tests.Link;

namespace JamBox.Edge.Tests.Service;

public sealed class SystemdUnitTests
{
    private static readonly SystemdUnit s_unit = new()
    {
        Program = "/opt/jambox-edge/edge-agent", Config = "/etc/jambox-edge/agent.json", Folder = "/var/lib/jambox-edge",
    };

    [Fact]
    public void The_agent_is_never_given_up_and_a_newer_one_is_started_again()
    {
        string unit = s_unit.Write();
        foreach (string line in (string[])
            [
                "StartLimitIntervalSec=0", "Restart=always", "RestartForceExitStatus=75", "SuccessExitStatus=75", "KillMode=mixed",
                "ExecStart=\"/opt/jambox-edge/edge-agent\" run --config \"/etc/jambox-edge/agent.json\"",
                "ExecStartPre=-\"/opt/jambox-edge/edge-agent.previous\" guard --config \"/etc/jambox-edge/agent.json\"",
            ])
        {
            Assert.Contains($"\n{line}\n", unit, StringComparison.Ordinal);
        }

        Assert.DoesNotContain('\r', unit);
        Assert.DoesNotContain("ProtectSystem", unit, StringComparison.Ordinal);
    }

    [Fact]
    public void Where_scripts_write_is_said_the_rest_is_read_only()
    {
        string unit = (s_unit with { Writes = ["/srv/shop 1"] }).Write();
        Assert.Contains("\nProtectSystem=strict\n", unit, StringComparison.Ordinal);
        foreach (string folder in (string[])["/var/lib/jambox-edge", "/opt/jambox-edge", "/srv/shop 1"])
        {
            Assert.Contains($"\nReadWritePaths=-\"{folder}\"\n", unit, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Signs_that_mean_something_to_systemd_mean_nothing_in_paths() =>
        Assert.Contains(
            "--config \"/etc/50%% $$x/agent.json\"", (s_unit with { Config = "/etc/50% $x/agent.json" }).Write(), StringComparison.Ordinal);

    [Theory]
    [InlineData("/srv", true)]
    [InlineData("/srv/a b", true)]
    [InlineData("srv", false)]
    [InlineData("", false)]
    [InlineData("/a\"b", false)]
    [InlineData("/a\nExecStart=/bin/sh", false)]
    public void Only_paths_are_paths(string path, bool isRight) => Assert.Equal(isRight, SystemdUnit.FindFault(path) is null);

    /// <summary>Systemd's own opinion, where it is installed.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Systemd_understands_every_line(bool isStrict)
    {
        const string Tool = "/usr/bin/systemd-analyze";
        if (!File.Exists(Tool))
        {
            return;
        }

        using TemporaryFolder folder = new();
        string program = folder.File("edge-agent");
        File.Copy("/bin/true", program);
        SystemdUnit unit = s_unit with { Program = program, Writes = isStrict ? ["/srv"] : [] };
        string file = folder.Write(SystemdUnit.Name, unit.Write());
        using Process process = Process.Start(
            new ProcessStartInfo(Tool, ["verify", "--man=no", "--recursive-errors=no", file]) { RedirectStandardError = true })!;
        string said = await process.StandardError.ReadToEndAsync().WaitAsync(LinkWorld.Deadline);
        await process.WaitForExitAsync();

        // Older ones do not know how to wait ever longer between restarts, and say so; of the rest they have nothing to say.
        string[] complaints =
        [
            .. said.Split('\n').Where(static line => line.Contains(SystemdUnit.Name, StringComparison.Ordinal))
                .Where(static line => !line.Contains("RestartSteps", StringComparison.Ordinal)
                    && !line.Contains("RestartMaxDelaySec", StringComparison.Ordinal)
                    && !line.Contains(".previous", StringComparison.Ordinal)),
        ];
        Assert.Empty(complaints);
    }

    [Fact]
    public void Windows_starts_it_again_whatever_its_exit_code_was()
    {
        IReadOnlyList<string[]> calls =
            WindowsService.Install(@"C:\Program Files\JamBoxEdge\edge-agent.exe", @"C:\ProgramData\JamBoxEdge\agent.json");
        Assert.Equal(
            "\"C:\\Program Files\\JamBoxEdge\\edge-agent.exe\" run --config \"C:\\ProgramData\\JamBoxEdge\\agent.json\"", calls[0][3]);
        Assert.Contains(calls, static call => call is ["failureflag", WindowsService.Name, "1"]);
        Assert.Contains(calls, static call => call[0] == "failure" && call[^1].StartsWith("restart/", StringComparison.Ordinal));
    }
}
