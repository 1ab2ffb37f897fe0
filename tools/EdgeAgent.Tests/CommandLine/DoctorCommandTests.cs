using System.Text.Json;

using JamBox.Edge.CommandLine;
using JamBox.Edge.Engine;
using JamBox.Edge.Link;
using JamBox.Edge.Tests.Link;

using Microsoft.AspNetCore.Http;

namespace JamBox.Edge.Tests.CommandLine;

public sealed class DoctorCommandTests : IAsyncLifetime
{
    private readonly CommandWorld _world = new();
    private FaultyServer _server = null!;
    private int _status = 204;
    private TimeSpan _off;

    public async Task InitializeAsync()
    {
        _server = await FaultyServer.StartAsync(http =>
        {
            http.Response.StatusCode = _status;
            http.Response.Headers.Date = (DateTimeOffset.UtcNow + _off).ToString("r");
            return Task.CompletedTask;
        });
        _world.Configure(_server.Address, PackageWorld.Trust);
        _world.Answer = static call => new ToolResult(0, call.Contains("query", StringComparison.Ordinal) ? "RUNNING" : "active");
    }

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        _world.Dispose();
    }

    [Fact]
    public async Task All_is_well_when_it_is()
    {
        Dictionary<string, (string State, string Found)> found = await LookAsync(ExitCode.Done);
        Assert.Equal(
            ["configuration", "server", "token", "clock", "mqtt", "keys", "disk", "service", "agent"], found.Keys);
        Assert.All(found, static one => Assert.Contains(one.Value.State, (string[])["good", "note"]));
    }

    [Theory]
    [InlineData(401, "bad", "does not take it")]
    [InlineData(403, "bad", "does not take it for gw-1 (HTTP 403)")]
    [InlineData(404, "doubt", "no notices for single gateways")]
    [InlineData(200, "good", "takes it for gw-1")]
    public async Task The_token_is_tried(int status, string state, string expected)
    {
        _status = status;
        (string State, string Found) token = (await LookAsync(state == "bad" ? ExitCode.Refused : ExitCode.Done))["token"];
        Assert.Equal(state, token.State);
        Assert.Contains(expected, token.Found, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_clock_that_is_wrong_is_found()
    {
        _off = TimeSpan.FromMinutes(10);
        (string State, string Found) clock = (await LookAsync(ExitCode.Refused))["clock"];
        Assert.Equal("bad", clock.State);
        Assert.Contains("differ by 600 s", clock.Found.Replace("599", "600", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_and_a_broker_that_are_not_there_are_found()
    {
        _world.Configure(new Uri("http://127.0.0.1:1/"), PackageWorld.Trust + ",\"mqtt\":{\"broker\":\"mqtt://127.0.0.1:1\"}");
        Dictionary<string, (string State, string Found)> found = await LookAsync(ExitCode.Refused);
        Assert.Equal("bad", found["server"].State);
        Assert.Equal("bad", found["mqtt"].State);
        Assert.DoesNotContain("token", found.Keys);
    }

    [Fact]
    public async Task Without_a_key_nothing_can_be_applied_and_without_signatures_anybody_can()
    {
        _world.Configure(_server.Address);
        Assert.Equal("bad", (await LookAsync(ExitCode.Refused))["keys"].State);
        _world.Configure(_server.Address, ",\"allowUnsigned\":true");
        Assert.Equal("doubt", (await LookAsync(ExitCode.Done))["keys"].State);
    }

    [Fact]
    public async Task A_folder_that_is_none_is_found_and_the_agent_says_so_instead_of_starting()
    {
        await File.WriteAllTextAsync(_world.Folder.File("state"), "a file");
        (string State, string Found) disk = (await LookAsync(ExitCode.Refused))["disk"];
        Assert.Equal("bad", disk.State);
        Assert.EndsWith("is a file", disk.Found, StringComparison.Ordinal);
        Assert.Equal(ExitCode.BadInput, await _world.RunAsync("run", "--config", _world.Config));
    }

    [Fact]
    public async Task A_service_that_does_not_run_is_found()
    {
        _world.Answer = static call => new ToolResult(call.Contains("is-active", StringComparison.Ordinal) ? 3 : 0, "failed");
        (string State, string Found) service = (await LookAsync(ExitCode.Refused))["service"];
        Assert.Equal("bad", service.State);
        Assert.Contains("failed", service.Found, StringComparison.Ordinal);
        _world.Answer = static _ => null;
        Assert.Equal("doubt", (await LookAsync(ExitCode.Done))["service"].State);
    }

    [Fact]
    public async Task An_agent_that_somebody_runs_by_hand_needs_no_service()
    {
        _world.Answer = static _ => new ToolResult(1, "disabled");
        Assert.Equal("bad", (await LookAsync(ExitCode.Refused))["service"].State);
        Directory.CreateDirectory(_world.Folder.File("state"));
        DateTimeOffset now = DateTimeOffset.UtcNow;
        LinkState state = new(now, now, "1.0.0", now, false, 0, null, null, HasEnded: false);
        state.Write(new DiskFiles(), _world.Folder.File("state"));
        Assert.Equal("note", (await LookAsync(ExitCode.Done))["service"].State);
        (state with { ServerFault = "the server is busy" }).Write(new DiskFiles(), _world.Folder.File("state"));
        Assert.Contains("the server is busy", (await LookAsync(ExitCode.Done))["agent"].Found, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_wrong_in_the_environment_is_not_to_be_looked_for_in_the_file()
    {
        _world.Environment["JAMBOX_EDGE_POLL_SECONDS"] = "often";
        Assert.Equal(ExitCode.Refused, await _world.RunAsync("doctor", "--config", _world.Config));
        Assert.Contains("JAMBOX_EDGE_POLL_SECONDS must be a whole number, 10 to 86400 -> change the environment", _world.Out,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_a_file_that_is_no_JSON_nothing_is_said_to_be_missing_and_status_goes_on_to_say_what_runs()
    {
        await _world.RunAsync("status", "--config", _world.Config);
        _world.Folder.Write("agent.json", """{"gateway":"gw-1" "server":"https://jambox.example"}""");
        Assert.Equal(ExitCode.BadInput, await _world.RunAsync("status", "--config", _world.Config));
        Assert.Contains("agent.json is no JSON in line 1", _world.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("missing:", _world.Error, StringComparison.Ordinal);
        Assert.Contains("nothing is being deployed", _world.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_fault_of_the_configuration_is_a_finding_with_advice()
    {
        _world.Folder.Write("agent.json", """{"sever":"x"}""");
        Assert.Equal(ExitCode.Refused, await _world.RunAsync("doctor", "--config", _world.Config));
        Assert.Contains("is server meant? -> change", _world.Out, StringComparison.Ordinal);
        Assert.Contains("gateway is missing", _world.Out, StringComparison.Ordinal);
        Assert.DoesNotContain(LinkWorld.Token, _world.Out + _world.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("status", "--nonsense")]
    [InlineData("guard", "--folder")]
    public async Task A_wrong_command_line_is_said_in_one_line(params string[] args)
    {
        Assert.Equal(ExitCode.BadInput, await _world.RunAsync(args));
        Assert.StartsWith("edge-agent: ", _world.Error, StringComparison.Ordinal);
    }

    private async Task<Dictionary<string, (string State, string Found)>> LookAsync(int expected)
    {
        int code = await _world.RunAsync("doctor", "--json", "--config", _world.Config);
        Assert.True(expected == code, _world.Out + _world.Error);
        using JsonDocument json = JsonDocument.Parse(_world.Out);
        return json.RootElement.EnumerateArray().ToDictionary(
            static one => one.GetProperty("about").GetString()!,
            static one => (one.GetProperty("state").GetString()!, one.GetProperty("found").GetString()!));
    }
}
