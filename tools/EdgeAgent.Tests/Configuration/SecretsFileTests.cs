using JamBox.Edge.Configuration;
using JamBox.Edge.Tests.Link;

namespace JamBox.Edge.Tests.Configuration;

public sealed class SecretsFileTests : IDisposable
{
    private const UnixFileMode Mine = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_is_written_is_read_and_is_nobody_elses()
    {
        string path = _folder.File("agent.secrets");
        SecretsFile.Write(path, "{}");
        Assert.Equal("{}"u8.ToArray(), SecretsFile.Read(path));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(Mine, File.GetUnixFileMode(path));
        }

        Assert.Equal(["agent.secrets"], Directory.GetFiles(_folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public void One_that_is_replaced_loses_rights_of_others()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        string path = _folder.Write("agent.secrets", "old", Mine | UnixFileMode.OtherRead);
        _folder.Write("agent.secrets.new", "left behind", Mine | UnixFileMode.OtherRead);
        SecretsFile.Write(path, "{}");
        Assert.Equal(Mine, File.GetUnixFileMode(path));
    }

    [Theory]
    [InlineData(UnixFileMode.GroupRead)]
    [InlineData(UnixFileMode.GroupWrite)]
    [InlineData(UnixFileMode.OtherRead)]
    [InlineData(UnixFileMode.OtherWrite)]
    [InlineData(UnixFileMode.OtherExecute)]
    public void One_that_others_may_open_is_refused(UnixFileMode more)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        string path = _folder.Write("agent.secrets", "{}", Mine | more);
        SettingsException fault = Assert.Throws<SettingsException>(() => SecretsFile.Read(path));
        Assert.Contains($"chmod 600 {path}", fault.Message, StringComparison.Ordinal);

        // Through a link as well: what counts is the file.
        string link = _folder.File("link");
        File.CreateSymbolicLink(link, path);
        Assert.Throws<SettingsException>(() => SecretsFile.Read(link));
    }

    [Fact]
    public void The_other_file_may_be_read_by_others_but_not_changed()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        string path = _folder.Write("agent.json", "{}", Mine | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        Assert.NotNull(SecretsFile.ReadOpen(path));
        _folder.Write("agent.json", "{}", Mine | UnixFileMode.GroupWrite);
        Assert.Contains("chmod go-w", Assert.Throws<SettingsException>(() => SecretsFile.ReadOpen(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void None_is_none_and_a_folder_is_a_fault()
    {
        Assert.Null(SecretsFile.Read(_folder.File("nothing")));
        Assert.Null(SecretsFile.Read(_folder.File("no/such/folder/nothing")));
        Assert.Throws<SettingsException>(() => SecretsFile.Read(_folder.Path));
    }

    [Fact]
    public void Its_name_follows_from_the_other_one() =>
        Assert.Equal("/etc/jambox-edge/agent.secrets", SecretsFile.NameFor("/etc/jambox-edge/agent.json"));
}
