using System.Text.Json;

using JamBox.Backend.Firmware;

namespace JamBox.Backend.Tests.Firmware;

/// <summary>A source of a mirror may say what it likes: another version of this program, or somebody else.</summary>
public sealed class MirrorRowTests
{
    private const string Good = """
        {"id":1,"product":"clock","platform":"esp32c3","env":"prod","version":"v1.2.3","kind":"app","uploaded_at":"2026-01-29T10:00:00Z",
        "parts":[{"part":"app","size":100,"sha256":"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef","address":65536}]}
        """;

    [Fact]
    public void WhatIsRightIsTaken() => Assert.Null(Fault(Good));

    [Theory]
    [InlineData("\"product\":\"clock\"", "\"product\":\"../x\"")]
    [InlineData("\"product\":\"clock\"", "\"product\":null")]
    [InlineData("\"platform\":\"esp32c3\"", "\"platform\":\"ESP 32\"")]
    [InlineData("\"env\":\"prod\"", "\"env\":\"\"")]
    [InlineData("\"version\":\"v1.2.3\"", "\"version\":\"newest\"")]
    [InlineData("\"kind\":\"app\"", "\"kind\":\"zip\"")]
    [InlineData("\"part\":\"app\"", "\"part\":\"bootloader\"")]
    [InlineData("\"part\":\"app\"", "\"part\":\"spiffs\"")]
    [InlineData("\"size\":100", "\"size\":0")]
    [InlineData("\"size\":100", "\"size\":1001")]
    [InlineData("\"sha256\":\"0", "\"sha256\":\"G")]
    [InlineData("\"address\":65536", "\"address\":-1")]
    [InlineData("[{", "[null,{")]
    public void WhatIsWrongIsLeftOut(string from, string to)
    {
        Assert.Contains(from, Good, StringComparison.Ordinal);
        Assert.NotNull(Fault(Good.Replace(from, to, StringComparison.Ordinal)));
    }

    [Fact]
    public void WithoutPartsThereIsNothing() =>
        Assert.NotNull(Fault("""{"id":1,"product":"clock","platform":"esp32c3","env":"prod","version":"v1.2.3","kind":"app"}"""));

    private static string? Fault(string json) => JsonSerializer.Deserialize(json, FirmwareJson.Default.MirrorRow)!.FindFault(1000);
}
