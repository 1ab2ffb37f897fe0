using JamBox.Edge.Link;

namespace JamBox.Edge.Tests.Link;

public sealed class ServerAddressTests
{
    private static readonly Uri s_server = new("https://jambox.example/");

    [Theory]
    [InlineData("/api/deployment-download/d-1", "https://jambox.example/api/deployment-download/d-1")]
    [InlineData("/api/deployment-download/d-1?x=1", "https://jambox.example/api/deployment-download/d-1?x=1")]
    [InlineData("https://jambox.example/a", "https://jambox.example/a")]
    [InlineData("https://JAMBOX.example:443/a", "https://jambox.example/a")]
    [InlineData("/a/../b", "https://jambox.example/b")]
    public void What_lies_at_the_server_is_found(string url, string expected) =>
        Assert.Equal(expected, ServerAddress.Resolve(s_server, url).AbsoluteUri);

    [Theory]
    [InlineData("https://evil.example/a")]
    [InlineData("http://jambox.example/a")]
    [InlineData("https://jambox.example:8443/a")]
    [InlineData("https://jambox.example@evil.example/a")]
    [InlineData("https://user:x@jambox.example/a")]
    [InlineData("https://jambox.example.evil.example/a")]
    [InlineData("//evil.example/a")]
    [InlineData("///evil.example/a")]
    [InlineData("/\\evil.example/a")]
    [InlineData("\\\\evil.example\\a")]
    [InlineData("file:///etc/passwd")]
    [InlineData("ftp://jambox.example/a")]
    [InlineData("local:d-1")]
    [InlineData("api/deployment-download/d-1")]
    [InlineData("/a b")]
    [InlineData("/a\r\nX: y")]
    [InlineData("/a#b")]
    [InlineData("")]
    public void What_leads_elsewhere_is_refused(string url)
    {
        LinkException fault = Assert.Throws<LinkException>(() => ServerAddress.Resolve(s_server, url));
        Assert.Equal(LinkFault.Unusable, fault.Fault);
        Assert.Contains("downloadUrl", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_address_is_never_of_another_server_whatever_it_is_made_of()
    {
        const int Seed = 20261128;
        const int Rounds = 50_000;
        Random random = new(Seed);
        string[] parts =
        [
            "https:", "http:", "/", "//", "\\", "@", ":", "443", "80", "evil.example", "jambox.example", "..", ".", "?", "#", "%2f", "%5c",
                "[::1]",
            "127.1", "\t", " ", "\u00ad", "\u3002", "。", "ｊambox", "a", "api", "\0", "file:", "javascript:",
        ];
        Uri below = new("https://jambox.example/portal/");
        for (int round = 0; round < Rounds; round++)
        {
            string url = string.Concat(Enumerable.Range(0, random.Next(1, 8)).Select(_ => parts[random.Next(parts.Length)]));
            foreach (Uri server in (Uri[])[s_server, below])
            {
                try
                {
                    Uri found = ServerAddress.Resolve(server, url);
                    Assert.True(
                        found.Scheme == "https" && found.Host == "jambox.example" && found.Port == 443 && found.UserInfo.Length == 0,
                        $"seed {Seed}, round {round}: {url} leads to {found}");
                }
                catch (LinkException fault)
                {
                    Assert.Equal(LinkFault.Unusable, fault.Fault);
                }
            }
        }
    }

    [Fact]
    public void A_server_below_a_path_keeps_it()
    {
        Uri server = new("https://example.org/jambox/");
        Assert.Equal("https://example.org/jambox/api/x", ServerAddress.Resolve(server, "/api/x").AbsoluteUri);
        Assert.Equal("https://example.org/jambox/api/x", ServerAddress.Resolve(server, "/jambox/api/x").AbsoluteUri);
    }
}
