using System.Collections;

using JamBox.Edge.CommandLine;
using JamBox.Edge.Configuration;
using JamBox.Edge.Tests.Link;
using JamBox.Ota.Signing;

namespace JamBox.Edge.Tests.CommandLine;

public sealed class InstallCommandTests : IDisposable
{
    private const string Token = "the-token-of-this-gateway";

    private readonly CommandWorld _world = new();
    private readonly string _root;
    private readonly string _tokenFile;
    private readonly string _key = ReleaseKey.Create().Public.Hex;

    public InstallCommandTests()
    {
        _root = _world.Folder.File("root");
        _tokenFile = _world.Folder.Write("token", Token + "\n");
        _world.Program = _world.Folder.Write("edge-agent-1.2.3", "the program");
    }

    private string Config => Path.Combine(_root, "etc/jambox-edge/agent.json");

    private string Program => Path.Combine(_root, "opt/jambox-edge/edge-agent");

    private string Unit => Path.Combine(_root, "etc/systemd/system/jambox-edge.service");

    public void Dispose() => _world.Dispose();

    [Fact]
    public async Task A_gateway_is_made_with_one_line()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        Assert.Equal(ExitCode.Done, await InstallAsync("--broker", "mqtts://jambox.example:8883"));
        AgentSettings settings = LiveSettings.Load(Config, new Hashtable());
        Assert.Equal((new Uri("https://jambox.example/"), "gw-1", Token), (settings.Server, settings.Gateway, settings.Token));
        Assert.Equal(new Uri("mqtts://jambox.example:8883"), settings.MqttBroker);
        Assert.Equal([_key], settings.TrustedKeys);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(SecretsFile.NameFor(Config)));
        Assert.Equal("the program", await File.ReadAllTextAsync(Program));
        Assert.True(File.GetUnixFileMode(Program).HasFlag(UnixFileMode.OtherExecute));
        Assert.Contains("ExecStart=\"/opt/jambox-edge/edge-agent\" run", await File.ReadAllTextAsync(Unit), StringComparison.Ordinal);
        Assert.Equal("/opt/jambox-edge/edge-agent", new FileInfo(Path.Combine(_root, "usr/local/bin/edge-agent")).LinkTarget);

        // Another system's services are not this one's, and the token is nowhere to be seen.
        Assert.Empty(_world.Calls);
        Assert.DoesNotContain(Token, _world.Out + _world.Error + await File.ReadAllTextAsync(Config), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Once_more_renews_the_program_and_keeps_the_configuration()
    {
        await InstallAsync();
        string before = await File.ReadAllTextAsync(Config);
        _world.Program = _world.Folder.Write("edge-agent-1.2.4", "a newer program");
        Assert.Equal(ExitCode.Done, await _world.RunAsync("install", "--root", _root));
        Assert.Equal(before, await File.ReadAllTextAsync(Config));
        Assert.Equal("a newer program", await File.ReadAllTextAsync(Program));
        Assert.Equal(Token, LiveSettings.Load(Config, new Hashtable()).Token);

        // What would be written over is refused, and nothing is changed.
        Assert.Equal(ExitCode.Refused, await _world.RunAsync("install", "--root", _root, "--server", "https://other.example"));
        Assert.Equal(before, await File.ReadAllTextAsync(Config));
    }

    [Fact]
    public async Task Another_token_leaves_the_other_secrets()
    {
        await InstallAsync();
        SecretsFile.Write(
            SecretsFile.NameFor(Config), """{"token":"the-old-token-of-it","modules":{"mqttPassword":"m","otaPassword":"o"}}""");
        _world.Input = "a-newer-token-of-it\n";
        Assert.Equal(ExitCode.Done, await _world.RunAsync("install", "--root", _root, "--token-file", "-"));
        AgentSettings settings = LiveSettings.Load(Config, new Hashtable());
        Assert.Equal(("a-newer-token-of-it", "m", "o"), (settings.Token, settings.LocalMqttPassword, settings.OtaPassword));
    }

    [Theory]
    [InlineData("--server", "jambox.example", "server must be a whole address")]
    [InlineData("--server", "http://jambox.example", "server must begin with https://")]
    [InlineData("--gateway", "gw 1", "gateway must have letters")]
    [InlineData("--key", "abc", "128 hex digits")]
    [InlineData("--broker", "jambox.example", "mqtt.broker must be a whole address")]
    [InlineData("--write", "srv", "--write srv must be a full path")]
    public async Task What_is_wrong_is_said_before_anything_is_written(string option, string value, string expected)
    {
        Dictionary<string, string> said = new()
        {
            ["--server"] = "https://jambox.example", ["--gateway"] = "gw-1", ["--key"] = _key, ["--token-file"] = _tokenFile,
        };
        said[option] = value;
        string[] args = ["install", "--root", _root, .. said.SelectMany(static one => (string[])[one.Key, one.Value])];
        Assert.Equal(ExitCode.BadInput, await _world.RunAsync(args));
        Assert.Contains(expected, _world.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_root));
    }

    [Fact]
    public async Task Without_a_token_there_is_no_gateway()
    {
        Assert.Equal(
            ExitCode.BadInput,
                await _world.RunAsync("install", "--root", _root, "--server", "https://jambox.example", "--gateway", "gw-1"));
        Assert.Contains("token is missing", _world.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_root));
        string empty = _world.Folder.Write("empty", "\n");
        Assert.Equal(ExitCode.BadInput, await _world.RunAsync("install", "--root", _root, "--token-file", empty));
        Assert.Equal(ExitCode.BadInput, await _world.RunAsync("install", "--root", _root, "--token-file", empty + "-nowhere"));
        Assert.Contains("there is no file", _world.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_root_installs_here_and_only_one_file_can_be_installed()
    {
        _world.IsAdministrator = false;
        Assert.Equal(ExitCode.Refused, await _world.RunAsync("install"));
        Assert.Equal(ExitCode.Refused, await _world.RunAsync("uninstall"));
        Assert.Empty(_world.Calls);
        _world.Program = null;
        Assert.Equal(ExitCode.BadInput, await _world.RunAsync("install", "--root", _root));
        Assert.Contains("dotnet publish", _world.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Uninstalling_leaves_releases_and_configuration_unless_all_is_to_go()
    {
        await InstallAsync();
        string state = Path.Combine(_root, "var/lib/jambox-edge");
        Directory.CreateDirectory(Path.Combine(state, "releases"));
        await File.WriteAllTextAsync(Path.Combine(state, "state.json"), "{}");
        Assert.Equal(ExitCode.Done, await _world.RunAsync("uninstall", "--root", _root));
        Assert.False(File.Exists(Unit) || File.Exists(Program));
        Assert.True(File.Exists(Config) && Directory.Exists(state));
        Assert.Equal(ExitCode.Done, await _world.RunAsync("uninstall", "--root", _root, "--purge"));
        Assert.False(File.Exists(Config) || Directory.Exists(state));
        Assert.Equal(ExitCode.Done, await _world.RunAsync("uninstall", "--root", _root));
        Assert.Contains("there was no agent here", _world.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_does_not_look_like_the_agents_folder_is_not_deleted()
    {
        await InstallAsync();
        string precious = Path.Combine(_root, "srv/shop");
        Directory.CreateDirectory(precious);
        await File.WriteAllTextAsync(
            Config, """{"server":"https://jambox.example","gateway":"gw-1","folder":"/srv/shop"}""");
        await File.WriteAllTextAsync(Path.Combine(precious, "money"), "all of it");
        Assert.Equal(ExitCode.Done, await _world.RunAsync("uninstall", "--root", _root, "--purge"));
        Assert.True(File.Exists(Path.Combine(precious, "money")));
    }

    private Task<int> InstallAsync(params string[] more) => _world.RunAsync(
        ["install", "--root", _root, "--server", "https://jambox.example", "--gateway", "gw-1", "--key", _key, "--token-file", _tokenFile,
            .. more]);
}
