using System.Reflection;

using JamBox.Edge.Engine;
using JamBox.Ota.Signing;

namespace JamBox.Edge.Tests.Engine;

/// <summary>The folders of releases: what is there stays until something better is.</summary>
public sealed class ReleaseFoldersTests : IDisposable
{
    private static readonly TestPackage s_first = TestPackage.Make("1.0.0");
    private static readonly TestPackage s_second = TestPackage.Make("1.1.0");
    private static readonly TestPackage s_third = TestPackage.Make("1.2.0");

    private readonly Gateway _gateway = new();

    public ReleaseFoldersTests() => _gateway.Server.Add(s_first, s_second, s_third);

    public void Dispose() => _gateway.Dispose();

    [Fact]
    public async Task The_release_before_stays_when_it_is_published_again_and_may_not_be_applied()
    {
        await _gateway.RunAsync(s_first.Notice(1));
        await _gateway.RunAsync(s_second.Notice(2));
        string changed = Path.Combine(_gateway.Folder.Release(s_first.Id), "app.txt");
        await File.AppendAllTextAsync(changed, "by its own script");
        using ReleaseKey other = ReleaseKey.Create();
        _gateway.Options = _gateway.Options with { TrustedKeys = [other.Public] };
        await _gateway.RunAsync(s_first.Notice(3));
        Assert.Contains("none of this gateway's trustedKeys", _gateway.Reports.All[^1].Error, StringComparison.Ordinal);

        // It can be gone back to, as before.
        Assert.EndsWith("by its own script", await File.ReadAllTextAsync(changed), StringComparison.Ordinal);
        Assert.NotNull(new ReleaseFolders(new DiskFiles(), _gateway.Folder).Find(s_first.Id));
        _gateway.AssertWhole("the other runs", s_second);
    }

    [Fact]
    public async Task What_was_put_aside_is_put_back_or_goes()
    {
        await _gateway.RunAsync(s_first.Notice(1));
        await _gateway.RunAsync(s_second.Notice(2));

        // As when it ended between the two names: the old one has none, and the new one has not got it yet.
        string release = _gateway.Folder.Release(s_first.Id);
        File.Delete(_gateway.Folder.Complete(s_first.Id));
        Directory.Move(release, release + ".old");
        await _gateway.RunAsync(s_first.Notice(3));
        _gateway.AssertApplied("again", s_first, s_second);
    }

    [Fact]
    public async Task One_that_cannot_be_removed_keeps_no_other()
    {
        await _gateway.RunAsync(s_first.Notice(1));
        Directory.CreateDirectory(_gateway.Folder.Release("a-stuck"));
        Directory.CreateDirectory(_gateway.Folder.Release("b-old"));
        IFiles files = Stuck.Make(new DiskFiles(), _gateway.Folder.Release("a-stuck"));
        string? left = new ReleaseFolders(files, _gateway.Folder).RemoveOthers([s_first.Id]);
        Assert.Equal("Device or resource busy", left);
        Assert.True(Directory.Exists(_gateway.Folder.Release("a-stuck")));
        Assert.False(Directory.Exists(_gateway.Folder.Release("b-old")));
        _gateway.AssertWhole("it runs", s_first);
    }

    [Fact]
    public async Task What_was_put_aside_and_is_to_be_kept_is_put_back_when_all_is_tidied()
    {
        await _gateway.RunAsync(s_first.Notice(1));
        await _gateway.RunAsync(s_second.Notice(2));
        string release = _gateway.Folder.Release(s_first.Id);
        Directory.Move(release, release + ".old");

        // Another deployment comes before that one goes on.
        await _gateway.RunAsync(s_third.Notice(3));
        _gateway.AssertApplied("tidied", s_third, s_second, s_first);
    }

    [Fact]
    public async Task One_that_cannot_make_room_is_put_aside_and_left()
    {
        await _gateway.RunAsync(s_first.Notice(1));
        await _gateway.RunAsync(s_second.Notice(2));
        Directory.CreateDirectory(_gateway.Folder.Downloads);
        await File.WriteAllBytesAsync(_gateway.Folder.Part(s_first.Id), s_first.Bytes);
        string aside = _gateway.Folder.Release(s_first.Id) + ".old";
        ReleaseFolders folders = new(Stuck.Make(new DiskFiles(), aside), _gateway.Folder);
        for (int attempt = 1; attempt <= 2; attempt++)
        {
            folders.Unpack(s_first.Notice(3), attempt, _gateway.Options, CancellationToken.None);
            Assert.Null(folders.FindMissing(s_first.Id));
            Assert.True(Directory.Exists(aside));
        }

        Assert.False(Directory.Exists(aside + "-2"));
    }

    [Fact]
    public async Task A_folder_where_the_link_belongs_is_put_aside()
    {
        Directory.CreateDirectory(_gateway.Folder.Current);
        await File.WriteAllTextAsync(Path.Combine(_gateway.Folder.Current, "of-a-script"), "x");
        await _gateway.RunAsync(s_first.Notice(1));
        _gateway.AssertApplied("a folder was there", s_first);
        Assert.True(File.Exists(Path.Combine(_gateway.Folder.Current + ".moved", "of-a-script")));

        // And once more, by a script this time.
        TestPackage wrong = TestPackage.Make(
            "3.0.0", deploy: "rm \"$JAMBOX_FOLDER/current\"; mkdir \"$JAMBOX_FOLDER/current\"; exit 3");
        _gateway.Server.Add(wrong);
        await _gateway.RunAsync(wrong.Notice(2));
        Assert.EndsWith("went back to 1.0.0", _gateway.Reports.All[^1].Error, StringComparison.Ordinal);
        _gateway.AssertApplied("back", s_first);
    }

    /// <summary>A disk on which one folder cannot be removed: something is mounted in it.</summary>
    public class Stuck : DispatchProxy
    {
        private IFiles _files = null!;
        private string _stuck = "";

        public static IFiles Make(IFiles files, string stuck)
        {
            IFiles proxy = Create<IFiles, Stuck>();
            ((Stuck)(object)proxy)._files = files;
            ((Stuck)(object)proxy)._stuck = stuck;
            return proxy;
        }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            if (targetMethod!.Name == nameof(IFiles.DeleteFolder) && (string?)args![0] == _stuck)
            {
                throw new IOException("Device or resource busy");
            }

            return targetMethod.Invoke(_files, args);
        }
    }
}
