using System.Text;
using System.Text.Json;

using JamBox.Backend.People;
using JamBox.Backend.Tests.Hosting;

namespace JamBox.Backend.Tests.People;

/// <summary>The second factor.</summary>
public abstract class TotpTests(BackendHost shared) : PeopleTest(shared)
{
    /// <summary>RFC 6238, appendix B, SHA-1: the last six of its eight digits.</summary>
    [Theory]
    [InlineData(59, "287082")]
    [InlineData(1111111109, "081804")]
    [InlineData(1111111111, "050471")]
    [InlineData(1234567890, "005924")]
    [InlineData(2000000000, "279037")]
    [InlineData(20000000000, "353130")]
    public void CodesAreThoseOfTheStandard(long seconds, string code)
    {
        string secret = Totp.Encode(Encoding.ASCII.GetBytes("12345678901234567890"));
        Assert.Equal("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", secret);
        Assert.Equal(code, Totp.Code(secret, seconds / Totp.StepSeconds));
        Assert.Equal(seconds / Totp.StepSeconds, Totp.StepOf(secret, code, seconds * 1000));
        Assert.NotNull(Totp.StepOf(secret, code, (seconds + 30) * 1000));
        Assert.NotNull(Totp.StepOf(secret, $" {code[..3]} {code[3..]}", Math.Max(0, seconds - 30) * 1000));
        Assert.Null(Totp.StepOf(secret, code, (seconds + 90) * 1000));
    }

    [Fact]
    public async Task WithASecondFactorThePasswordAloneIsNotEnough()
    {
        await UserAsync("anna@example.org", "viewer");
        using Browser anna = await SignedInAsync("anna@example.org");
        Assert.Equal(403, await anna.StatusAsync(HttpMethod.Post, "/api/totp", new { password = "wrong password" }));
        JsonElement started = (await anna.SendAsync(HttpMethod.Post, "/api/totp", new { password = Password })).Json;
        string secret = started.GetProperty("secret").GetString()!;
        Assert.StartsWith(
            $"otpauth://totp/JamBox:anna%40example.org?secret={secret}&", started.GetProperty("address").GetString(),
            StringComparison.Ordinal);

        // Not in force before a code of it came back.
        (await SignedInAsync("anna@example.org")).Dispose();
        Assert.Equal(403, await anna.StatusAsync(HttpMethod.Put, "/api/totp", new { code = "000000" }));
        string first = Code(secret);
        string[] recovery = [.. (await anna.SendAsync(HttpMethod.Put, "/api/totp", new { code = first })).Json.GetProperty("recovery_codes").EnumerateArray().Select(static code => code.GetString()!)];
        Assert.Equal(10, recovery.Distinct().Count());

        using Browser browser = new(Host);
        (int status, JsonElement json) = await browser.SignInAsync("anna@example.org", Password);
        Assert.Equal(401, status);
        Assert.StartsWith("A code is needed", json.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Equal(401, (await browser.SignInAsync("anna@example.org", Password, "000000")).Status);

        // The code that put it in force was used.
        Assert.Equal(401, (await browser.SignInAsync("anna@example.org", Password, first)).Status);
        Host.Clock.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(200, (await browser.SignInAsync("anna@example.org", Password, Code(secret))).Status);
        Assert.Equal(401, (await browser.SignInAsync("anna@example.org", Password, Code(secret))).Status);
        Assert.Equal(200, (await browser.SignInAsync("anna@example.org", Password, recovery[0].ToLowerInvariant())).Status);
        Assert.Equal(401, (await browser.SignInAsync("anna@example.org", Password, recovery[0])).Status);
        Assert.DoesNotContain(secret, (await GetAsync("/api/audit")).GetRawText(), StringComparison.Ordinal);

        Assert.Equal(204, await anna.StatusAsync(HttpMethod.Post, "/api/totp/off", new { password = Password }));
        Assert.Equal(200, (await browser.SignInAsync("anna@example.org", Password)).Status);
    }

    [Fact]
    public async Task OfTwoWhoUseACodeAtOnceOneIsIn()
    {
        long id = await UserAsync("anna@example.org", "viewer");
        using Browser anna = await SignedInAsync("anna@example.org");
        string secret = (await anna.SendAsync(HttpMethod.Post, "/api/totp", new { password = Password })).Json.GetProperty("secret")
            .GetString()!;
        Assert.Equal(200, await anna.StatusAsync(HttpMethod.Put, "/api/totp", new { code = Code(secret) }));
        Host.Clock.Advance(TimeSpan.FromMinutes(1));
        string code = Code(secret);
        (int Status, JsonElement Json)[] answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
        {
            using Browser browser = new(Host);
            return await browser.SignInAsync("anna@example.org", Password, code);
        }));
        Assert.Equal([200, 401, 401, 401], answers.Select(static answer => answer.Status).Order());

        // The telephone is lost: an admin helps.
        await DoAsync(HttpMethod.Delete, $"/api/users/{id}/totp");
        Host.Clock.Advance(TimeSpan.FromMinutes(15));
        (await SignedInAsync("anna@example.org")).Dispose();
    }

    [Fact]
    public async Task APasswordIsChangedByWhoKnowsItAndOtherSessionsEnd()
    {
        await UserAsync("anna@example.org", "viewer");
        using Browser anna = await SignedInAsync("anna@example.org"), other = await SignedInAsync("anna@example.org");
        Assert.Equal(403, await anna.StatusAsync(HttpMethod.Put, "/api/password", new
        {
            password = "wrong password",
            new_password = "staple of another horse",
        }));
        Assert.Equal(400, await anna.StatusAsync(HttpMethod.Put, "/api/password", new { password = Password, new_password = "short" }));
        Assert.Equal(400, await anna.StatusAsync(HttpMethod.Put, "/api/password", new
        {
            password = Password,
            new_password = "aaaaaaaaaaaaaaaa",
        }));
        Assert.Equal(400, await anna.StatusAsync(HttpMethod.Put, "/api/password", new
        {
            password = Password,
            new_password = "anna@example.org",
        }));
        Assert.Equal(204, await anna.StatusAsync(HttpMethod.Put, "/api/password", new
        {
            password = Password,
            new_password = "staple of another horse",
        }));
        Assert.Equal(200, await anna.StatusAsync(HttpMethod.Get, "/api/session"));
        Assert.Equal(401, await other.StatusAsync(HttpMethod.Get, "/api/session"));
        (await SignedInAsync("anna@example.org", "staple of another horse")).Dispose();
    }

    private string Code(string secret) => Totp.Code(secret, Host.Clock.GetUtcNow().ToUnixTimeSeconds() / Totp.StepSeconds);
}
