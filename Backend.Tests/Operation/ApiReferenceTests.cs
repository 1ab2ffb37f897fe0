using System.Text.RegularExpressions;

using JamBox.Backend.Tests.Hosting;

namespace JamBox.Backend.Tests.Operation;

/// <summary>The API's own page. What a browser makes of it is tested in one: <c>browser/docs.test.mjs</c>.</summary>
[Collection(SqliteCollection.Name)]
public sealed partial class ApiReferenceTests(SqliteBackend host)
{
    [Fact]
    public async Task TheBrowserIsToldToAskNobodyElseAndEachPageHasItsOwnNonce()
    {
        string[] nonces = [await NonceAsync(), await NonceAsync()];
        Assert.NotEqual(nonces[0], nonces[1]);
    }

    [Fact]
    public async Task NobodyHasTheScriptUnpackedWithoutAKey()
    {
        using HttpResponseMessage answer = await host.Http.GetAsync("/docs/scalar.js");
        Assert.Equal(406, (int)answer.StatusCode);
        using HttpResponseMessage packed = await GetAsync("/docs/scalar.js");
        Assert.Equal(200, (int)packed.StatusCode);
        Assert.Equal("gzip", packed.Content.Headers.ContentEncoding.Single());
    }

    private async Task<string> NonceAsync()
    {
        using HttpResponseMessage answer = await GetAsync("/docs/");
        string policy = answer.Headers.GetValues("Content-Security-Policy").Single();
        Assert.StartsWith("default-src 'none'; script-src 'self' 'nonce-", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("http", policy, StringComparison.Ordinal);
        string nonce = Nonce().Match(policy).Groups[1].Value;
        string page = await answer.Content.ReadAsStringAsync();
        Assert.All(Script().Matches(page), script => Assert.Contains($"nonce=\"{nonce}\"", script.Value, StringComparison.Ordinal));
        return nonce;
    }

    private async Task<HttpResponseMessage> GetAsync(string path)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, path);
        request.Headers.AcceptEncoding.Add(new("gzip"));
        return await host.Http.SendAsync(request);
    }

    [GeneratedRegex("'nonce-([A-Za-z0-9_-]{22})'")]
    private static partial Regex Nonce();

    [GeneratedRegex("<script[^>]*>")]
    private static partial Regex Script();
}
