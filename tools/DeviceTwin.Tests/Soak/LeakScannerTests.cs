using System.Text;
using JamBox.Twin.Soak;
using JamBox.Twin.Time;

namespace JamBox.Twin.Tests.Soak;

/// <summary>Addresses and tokens are found in every form.</summary>
public sealed class LeakScannerTests
{
    private const string Token = "tOkEn-0123456789-tOkEn";
    private const string Lead = "Authorization: Bearer ";

    [Theory]
    [InlineData("mac 02a4f1c37e59 seen")]
    [InlineData("mac 02:A4:F1:C3:7E:59 seen")]
    [InlineData("02-a4-f1-c3-7e-59")]
    [InlineData("a02a4f1c37e59")]
    [InlineData("\u0002\u00a4\u00f1\u00c3\u007e\u0059")]
    [InlineData("xx\u0059\u007e\u00c3\u00f1\u00a4\u0002")]
    public void AnAddressIsFound(string text) => Assert.True(Problems(text) > 0);

    [Theory]
    [InlineData("02a4f1c37e58")]
    [InlineData("02a4f1 c37e59")]
    [InlineData("\u0002\u00a4\u00f1\u00c3\u007e")]
    [InlineData("")]
    public void WhatIsNoneIsNot(string text) => Assert.Equal(0, Problems(text));

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nAuthorization: Bearer tOkEn-0123456789-tOkEn\r\n", true)]
    [InlineData("ation: Bearer tOkEn-0123456789-tOkEn\r\n", true)]
    [InlineData("tOkEn-0123456789-tOkEn\r\n", true)]
    [InlineData("GET /?t=tOkEn-0123456789-tOkEn", false)]
    [InlineData("Authorization: Bearer tOkEn-0123456789-tOkEn and tOkEn-0123456789-tOkEn", false)]
    public void TheTokenMayOnlyFollowItsLead(string text, bool isAllowed)
    {
        Assert.Equal(isAllowed, Problems(text, Lead) == 0);
        Assert.True(Problems(text) > 0);
    }

    private static int Problems(string text, string? lead = null)
    {
        var problems = new Problems();
        var scanner = new LeakScanner(Token, new VirtualClock(0), problems);
        scanner.Heard(0x02A4F1C37E59);
        scanner.Look("a test", Encoding.Latin1.GetBytes(text), lead);
        return problems.Count;
    }
}
