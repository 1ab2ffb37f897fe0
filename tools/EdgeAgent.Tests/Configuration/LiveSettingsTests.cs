using System.Collections;
using System.Text;

using JamBox.Edge.Configuration;
using JamBox.Edge.Tests.Link;

using Microsoft.Extensions.Logging.Abstractions;

namespace JamBox.Edge.Tests.Configuration;

public sealed class LiveSettingsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<AgentSettings> _changes = [];

    public LiveSettingsTests()
    {
        WriteFile("pollSeconds\":60");
        _folder.Write("agent.secrets", """{"token":"0123456789abcdef"}""");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_change_counts_without_a_restart()
    {
        using LiveSettings live = Open();
        Assert.False(live.Reload());
        WriteFile("pollSeconds\":90");
        Assert.True(live.Reload());
        Assert.Equal(90, live.Current.PollSeconds);
        Assert.Equal([90], _changes.Select(static one => one.PollSeconds));
        Assert.False(live.Reload());
    }

    [Fact]
    public async Task A_change_is_found_by_itself()
    {
        using LiveSettings live = Open();
        live.Watch(new FastClock());
        WriteFile("pollSeconds\":90");
        await LinkWorld.UntilAsync(() => live.Current.PollSeconds == 90, "the change was found");
    }

    [Fact]
    public void Another_token_counts_as_well()
    {
        using LiveSettings live = Open();
        SecretsFile.Write(_folder.File("agent.secrets"), """{"token":"another-token-of-it"}""");
        Assert.True(live.Reload());
        Assert.Equal("another-token-of-it", live.Current.Token);
    }

    [Theory]
    [InlineData("pollSeconds\":1")]
    [InlineData("pollSeconds\":60,")]
    [InlineData("nonsense\":1")]
    [InlineData("pollSeconds\":")]
    public void A_wrong_one_changes_nothing_and_is_said(string wrong)
    {
        using LiveSettings live = Open();
        AgentSettings before = live.Current;
        WriteFile(wrong == "pollSeconds\":60," ? "pollSeconds\":60,,\"x\":1" : wrong);
        Assert.False(live.Reload());
        Assert.Same(before, live.Current);
        Assert.NotNull(live.Fault);
        WriteFile("pollSeconds\":90");
        Assert.True(live.Reload());
        Assert.Null(live.Fault);
        Assert.Equal(90, live.Current.PollSeconds);
    }

    [Fact]
    public void A_file_that_is_gone_or_that_others_may_open_changes_nothing()
    {
        using LiveSettings live = Open();
        AgentSettings before = live.Current;
        if (!OperatingSystem.IsWindows())
        {
            string secrets = _folder.File("agent.secrets");
            File.SetUnixFileMode(secrets, UnixFileMode.UserRead | UnixFileMode.OtherRead);
            Assert.False(live.Reload());
            Assert.Contains("chmod 600", live.Fault, StringComparison.Ordinal);
            File.SetUnixFileMode(secrets, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            live.Reload();
            Assert.Null(live.Fault);
        }

        before = live.Current;
        File.Delete(_folder.File("agent.json"));
        Assert.False(live.Reload());
        Assert.Same(before, live.Current);
        Assert.Contains("server is missing", live.Fault, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_folder_waits_for_a_restart()
    {
        using LiveSettings live = Open();
        string before = live.Current.Folder;
        WriteFile("pollSeconds\":90", "elsewhere");
        Assert.True(live.Reload());
        Assert.Equal((before, 90), (live.Current.Folder, live.Current.PollSeconds));
        using LiveSettings restarted = Open();
        Assert.NotEqual(before, restarted.Current.Folder);
    }

    [Fact]
    public void What_the_server_wants_counts_after_a_restart_too_and_until_it_wants_something_else()
    {
        using (LiveSettings live = Open())
        {
            Assert.Empty(live.TakeFromServer("""{"pollSeconds":120}"""u8.ToArray()));
            Assert.Equal(120, live.Current.PollSeconds);

            // The same again is no change.
            Assert.Empty(live.TakeFromServer("""{"pollSeconds":120}"""u8.ToArray()));
            Assert.Single(_changes);
        }

        using LiveSettings restarted = Open();
        Assert.Equal(120, restarted.Current.PollSeconds);
        restarted.TakeFromServer("{}"u8.ToArray());
        Assert.Equal(60, restarted.Current.PollSeconds);
    }

    [Theory]
    [InlineData("""{"server":"https://evil.example"}""")]
    [InlineData("""{"allowUnsigned":true}""")]
    [InlineData("no json")]
    [InlineData("[]")]
    [InlineData("")]
    public void What_the_server_must_not_change_stays(string wanted)
    {
        using LiveSettings live = Open();
        AgentSettings before = live.Current;
        Assert.NotEmpty(live.TakeFromServer(Encoding.UTF8.GetBytes(wanted)));
        Assert.Same(before, live.Current);
        Assert.Empty(_changes);
    }

    [Fact]
    public void A_wrong_one_at_the_start_is_refused()
    {
        WriteFile("nonsense\":1");
        Assert.Throws<SettingsException>(Open);
    }

    private void WriteFile(string member, string folder = "state") => _folder.Write(
        "agent.json",
        $$"""
        {"server":"https://jambox.example","gateway":"gw-1",
        "folder":"{{_folder.File(folder).Replace("\\", "\\\\", StringComparison.Ordinal)}}",
        "{{member}}}
        """);

    private LiveSettings Open()
    {
        LiveSettings live = new(_folder.File("agent.json"), new Hashtable(), NullLogger.Instance);
        live.Changed += _changes.Add;
        return live;
    }
}
