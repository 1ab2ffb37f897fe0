using System.Text.RegularExpressions;

using JamBox.Backend.Tests.Hosting;

namespace JamBox.Backend.Tests.Portal;

/// <summary>The page at /.</summary>
public abstract partial class PortalTests(BackendHost host)
{
    [Fact]
    public async Task ThePageAndWhatItNeedsComeFromHere()
    {
        string page = await host.Http.GetStringAsync("/");
        Assert.Contains("JamBox", page, StringComparison.Ordinal);
        Assert.DoesNotContain("://", page, StringComparison.Ordinal);
        foreach (Match link in LinkPattern().Matches(page))
        {
            using HttpResponseMessage file = await host.Http.GetAsync(link.Groups[1].Value);
            Assert.Equal(200, (int)file.StatusCode);
        }
    }

    [Fact]
    public async Task NothingIsPutIntoThePageAsHtml()
    {
        string script = await host.Http.GetStringAsync("/portal.js");
        foreach (string way in new[] { "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function(" })
        {
            Assert.DoesNotContain(way, script, StringComparison.Ordinal);
        }

        using HttpResponseMessage page = await host.Http.GetAsync("/");
        Assert.Contains("default-src 'none'", page.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
    }

    [GeneratedRegex("(?:src|href)=\"(/[^\"]*)\"")]
    private static partial Regex LinkPattern();
}
