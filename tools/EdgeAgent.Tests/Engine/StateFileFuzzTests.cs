using System.Text;

using JamBox.Edge.CommandLine;
using JamBox.Edge.Engine;
using JamBox.Edge.Link;

namespace JamBox.Edge.Tests.Engine;

/// <summary>
/// What the agent has written down for itself besides its journal: whatever the disk makes of it, it is read or passed over, and nothing
/// ends for it.
/// </summary>
public sealed class StateFileFuzzTests : IDisposable
{
    private const int Cases = 3000;

    private static readonly string[] s_values = ["null", "7", "\"x\"", "[]", "[null]", "{}", "true", "-1", "1e400"];

    private readonly Gateway _gateway = new();

    public void Dispose() => _gateway.Dispose();

    [Fact]
    public async Task The_note_of_a_release_is_right_or_none()
    {
        TestPackage package = TestPackage.Make("1.0.0");
        _gateway.Server.Add(package);
        await _gateway.RunAsync(package.Notice(1));
        ReleaseFolders folders = new(new DiskFiles(), _gateway.Folder);
        int none = Fuzz(1, _gateway.Folder.Complete(package.Id), () =>
        {
            if (folders.Find(package.Id) is not { } note)
            {
                return true;
            }

            // What follows from it takes it as it is.
            folders.FindChanged(note, CancellationToken.None);
            folders.FindMissing(package.Id);
            folders.FindAll();
            return false;
        });
        Assert.InRange(none, Cases / 10, Cases - 10);
    }

    [Fact]
    public void The_note_of_a_new_agent_never_keeps_the_agent_from_starting()
    {
        string executable = Path.Combine(_gateway.System, "edge-agent");
        File.WriteAllText(executable, "#!/bin/sh\n");
        File.WriteAllText(executable + ".new", "#!/bin/sh\necho\n");
        AgentUpdates updates = new(new DiskFiles(), _gateway.Folder);
        updates.Swap(executable, new DiskFiles().Hash(executable + ".new")!);
        int none = Fuzz(2, _gateway.Folder.AgentUpdate, () =>
        {
            StringWriter said = new();
            Assert.Equal(0, GuardCommand.Run(_gateway.Folder.Root, said));
            return said.ToString().Length == 0;
        });
        Assert.InRange(none, Cases / 10, Cases - 1);
    }

    [Fact]
    public void How_it_stands_is_right_or_not_known()
    {
        LinkState state = new(
            DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch, "1.0", DateTimeOffset.UnixEpoch, true, 3, "a fault", null, HasEnded: false);
        state.Write(new DiskFiles(), _gateway.Folder.Root);
        string path = Directory.GetFiles(_gateway.Folder.Root).Single();
        int none = Fuzz(3, path, () => LinkState.Read(new DiskFiles(), _gateway.Folder.Root) is null);
        Assert.InRange(none, Cases / 10, Cases - 1);
    }

    [Fact]
    public async Task The_journal_is_right_or_none_for_those_who_only_read_it()
    {
        TestPackage package = TestPackage.Make("1.0.0");
        _gateway.Server.Add(package);
        await _gateway.RunAsync(package.Notice(1));
        int none = Fuzz(4, _gateway.Folder.State, () =>
        {
            AgentState? state = StatusCommand.Read(_gateway.Folder, out string? fault);
            Assert.Equal(state is null, fault is not null);
            return state is null || state.Ended.Any(static ended => ended.Id.Length == 0);
        });
        Assert.InRange(none, Cases / 10, Cases - 10);
    }

    /// <returns>How often there was nothing to be read.</returns>
    private static int Fuzz(int stream, string path, Func<bool> isNone)
    {
        int seed = int.TryParse(Environment.GetEnvironmentVariable("JB_SEED"), out int given) ? given : 1907;
        Random random = new(seed + stream);
        byte[] good = File.ReadAllBytes(path);
        string text = Encoding.UTF8.GetString(good);
        int none = 0;
        for (int i = 0; i < Cases; i++)
        {
            int at = random.Next(good.Length);
            byte[] bytes = random.Next(4) switch
            {
                0 => good[..at],
                1 => [.. good[..at], (byte)random.Next(256), .. good[(at + 1)..]],
                _ => Encoding.UTF8.GetBytes(WithAnotherValue(text, random)),
            };
            File.WriteAllBytes(path, bytes);
            try
            {
                none += isNone() ? 1 : 0;
            }
            catch (Exception e) when (e is not Xunit.Sdk.XunitException)
            {
                Assert.Fail(
                    $"case {i} of {Path.GetFileName(path)}; replay: JB_SEED={seed} dotnet test tools/EdgeAgent.Tests --filter "
                    + $"{nameof(StateFileFuzzTests)}: {Encoding.UTF8.GetString(bytes)}: {e}");
            }
        }

        return none;
    }

    /// <summary>One value of the JSON is another, of another kind: it stays JSON.</summary>
    private static string WithAnotherValue(string text, Random random)
    {
        int[] colons = [.. Enumerable.Range(0, text.Length - 1).Where(at => text[at] == ':' && text[at - 1] == '"')];
        int begin = colons[random.Next(colons.Length)] + 1;
        int end = text.IndexOfAny([',', '}', ']'], begin);
        return text[..begin] + s_values[random.Next(s_values.Length)] + text[end..];
    }
}
