using System;
using System.IO;
using JamBox.Ports;
using JamBox.Storage;
using JamBox.Tests.App;
using Xunit;

namespace JamBox.Tests.Host;

/// <summary>Assertions are on here and in the twin, and the board's projects leave them out.</summary>
public sealed class CheckHostTests
{
    [Fact]
    public void Here_they_are_on()
    {
        Check.That(true, "nothing happens");
        Assert.Contains("is odd", Assert.Throws<InvalidOperationException>(() => Check.That(1 % 2 == 0, "is odd")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_that_the_store_cannot_have_is_found()
    {
        Assert.Throws<InvalidOperationException>(() => new StoredRecord(new FakeStore(), "sixteen_letters_", 4));
    }

    [Fact]
    public void On_the_board_they_are_off()
    {
        string root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, "Host.slnf")))
        {
            root = Path.GetDirectoryName(root) ?? throw new InvalidOperationException("Host.slnf is in no folder above the tests");
        }

        string project = File.ReadAllText(Path.Combine(root, "Firmware.Shared", "Firmware.Shared.nfproj"));
        Assert.Contains("<DefineConstants>", project, StringComparison.Ordinal);
        Assert.DoesNotContain("CHECKED", project, StringComparison.Ordinal);
    }
}
