using System;
using System.IO;
using JamBox.Ports;
using JamBox.Storage;
using JamBox.Tests.App;
using Xunit;

namespace JamBox.Tests.Host;

/// <summary>The library's assertions are on here and in the twin, and the board's project leaves them out.</summary>
public sealed class CheckHostTests
{
    [Fact]
    public void A_key_that_the_store_cannot_have_is_found()
    {
        Assert.Throws<InvalidOperationException>(() => new StoredRecord(new FakeStore(), "sixteen_letters_", 4));
    }

    [Theory]
    [InlineData("Firmware.Shared")]
    [InlineData("Firmware.App")]
    public void On_the_board_they_are_off(string library)
    {
        string root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, "Host.slnf")))
        {
            root = Path.GetDirectoryName(root) ?? throw new InvalidOperationException("Host.slnf is in no folder above the tests");
        }

        string project = File.ReadAllText(Path.Combine(root, library, library + ".nfproj"));
        Assert.Contains("<DefineConstants>", project, StringComparison.Ordinal);
        Assert.DoesNotContain("CHECKED", project, StringComparison.Ordinal);
    }
}
