using System.Text.Json;

using JamBox.Backend.Operation;
using JamBox.Backend.People;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Tests.Hosting;
using JamBox.Backend.Tests.People;

using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace JamBox.Backend.Tests.Security;

/// <summary>Secrets that must be read again: how they are stored, and who can read them.</summary>
public abstract class ProtectionTests(BackendHost shared) : PeopleTest(shared)
{
    private const string Secret = "a secret of the tests, not short";
    private static readonly string[] s_purpose = ["test", "one"];
    private static readonly string[] s_otherPurpose = ["test", "two"];

    [Fact]
    public async Task TheSecretOfASecondFactorIsStoredEncryptedAndForItsUserAlone()
    {
        long anna = await UserAsync("anna@example.org", "viewer"), ben = await UserAsync("ben@example.org", "viewer");
        string secret = await SetUpAsync("anna@example.org");
        string stored = Stored(anna)!;
        Assert.DoesNotContain(secret, stored, StringComparison.Ordinal);
        Assert.Null(Service<TotpSecrets>().Open(ben, stored));
        Assert.Equal(secret, Service<TotpSecrets>().Open(anna, stored));
        Host.Clock.Advance(TimeSpan.FromMinutes(1));
        (await SignedInAsync("anna@example.org", code: Code(secret))).Dispose();
    }

    [Fact]
    public async Task OneThatStoodInClearIsEncryptedWhenItIsUsed()
    {
        long anna = await UserAsync("anna@example.org", "viewer"), ben = await UserAsync("ben@example.org", "viewer");
        string secret = await SetUpAsync("anna@example.org");
        await SqlAsync($"UPDATE users SET totp_secret = '{secret}', totp_since = 1 WHERE id IN ({anna}, {ben})");
        Host.Clock.Advance(TimeSpan.FromMinutes(1));
        (await SignedInAsync("anna@example.org", code: Code(secret))).Dispose();
        Assert.NotEqual(secret, Stored(anna));
        Assert.Equal(secret, Service<TotpSecrets>().Open(anna, Stored(anna)!));
        Assert.Equal(secret, Stored(ben));

        // Nobody signs in: the job does it.
        Host.Clock.Advance(TimeSpan.FromMinutes(5));
        await Service<JobRunner>().IdleAsync();
        Assert.NotEqual(secret, Stored(ben));
        (await SignedInAsync("ben@example.org", code: Code(secret))).Dispose();
    }

    [Fact]
    public async Task WithoutItsKeyOnlyRecoveryCodesHelp()
    {
        await UserAsync("anna@example.org", "viewer");
        using Browser anna = await SignedInAsync("anna@example.org");
        string secret = (await anna.SendAsync(HttpMethod.Post, "/api/totp", new { password = Password })).Json.GetProperty("secret")
            .GetString()!;
        JsonElement codes = (await anna.SendAsync(HttpMethod.Put, "/api/totp", new { code = Code(secret) })).Json
            .GetProperty("recovery_codes");
        await SqlAsync("DELETE FROM protection_keys");
        await Host.RestartAsync();
        Host.Clock.Advance(TimeSpan.FromMinutes(1));
        using Browser browser = new(Host);
        Assert.Equal(401, (await browser.SignInAsync("anna@example.org", Password, Code(secret))).Status);
        Assert.Contains("cannot be read", Host.Log.Text, StringComparison.Ordinal);
        Assert.Equal(200, (await browser.SignInAsync("anna@example.org", Password, codes[0].GetString())).Status);
    }

    [Fact]
    public async Task SeveralProcessesShareTheirKeys()
    {
        await using WebApplication process = Host.Build();
        Protection one = Service<Protection>(), other = process.Services.GetRequiredService<Protection>();
        string early = other.Protect(s_purpose, "early");
        string text = one.Protect(s_purpose, "text");
        Assert.Equal("text", other.Unprotect(s_purpose, text));
        Assert.Equal("early", one.Unprotect(s_purpose, early));
        Assert.Null(one.Unprotect(s_otherPurpose, text));
        Assert.Null(one.Unprotect(s_purpose, text[..^1]));
        Assert.Null(one.Unprotect(s_purpose, "no such text"));
        Assert.Equal("x", other.UnprotectInTime(s_purpose, one.Protect(s_purpose, "x", DateTimeOffset.UtcNow.AddHours(1))));
        Assert.Null(other.UnprotectInTime(s_purpose, one.Protect(s_purpose, "x", DateTimeOffset.UtcNow.AddHours(-1))));
        Assert.Equal(1, Sql(static session =>
        {
            using SqlStatement row = session.Query("SELECT count(*) FROM protection_keys");
            row.Read();
            return row.Int64(0);
        }));
    }

    [Fact]
    public void NoKeyIsMadeBeforeItIsNeeded() => Assert.Empty(Keys());

    [Fact]
    public async Task WithASecretTheKeysAloneOpenNothing()
    {
        string text = Service<Protection>().Protect(s_purpose, "text");
        Assert.Contains("<masterKey", Keys().Single(), StringComparison.Ordinal);

        // From the start with a secret on, the keys that stood in clear are encrypted too, and good as before.
        await using (WebApplication process = Started($"--Protection:Secret={Secret}"))
        {
            Assert.DoesNotContain("<", Keys().Single(), StringComparison.Ordinal);
            Assert.Equal("text", process.Services.GetRequiredService<Protection>().Unprotect(s_purpose, text));
        }

        StartupException without = Assert.Throws<StartupException>(() => Started());
        Assert.Contains("Protection:Secret: is needed", without.Message, StringComparison.Ordinal);
        StartupException wrong = Assert.Throws<StartupException>(() => Started("--Protection:Secret=another one of 16"));
        Assert.Contains("is not the one", wrong.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("another one", wrong.Message, StringComparison.Ordinal);
        Assert.Throws<StartupException>(() => Started("--Protection:Secret=too short"));
        await using WebApplication renewed = Started("--Protection:Secret=another one of 16", $"--Protection:PreviousSecret={Secret}");
        Assert.Equal("text", renewed.Services.GetRequiredService<Protection>().Unprotect(s_purpose, text));
        await using WebApplication after = Started("--Protection:Secret=another one of 16");
        Assert.Equal("text", after.Services.GetRequiredService<Protection>().Unprotect(s_purpose, text));
    }

    private WebApplication Started(params string[] args) =>
        BackendApp.Build(["--Urls=http://127.0.0.1:0", $"--Admin:Key={BackendHost.AdminKey}", .. Host.StorageArgs, .. args]);

    private T Service<T>()
        where T : notnull => Host.Services.GetRequiredService<T>();

    private async Task<string> SetUpAsync(string email)
    {
        using Browser browser = await SignedInAsync(email);
        string secret = (await browser.SendAsync(HttpMethod.Post, "/api/totp", new { password = Password })).Json.GetProperty("secret")
            .GetString()!;
        Assert.Equal(200, await browser.StatusAsync(HttpMethod.Put, "/api/totp", new { code = Code(secret) }));
        return secret;
    }

    private string? Stored(long id) => Sql(session =>
    {
        using SqlStatement row = session.Query("SELECT totp_secret FROM users WHERE id = $1", id);
        return row.Read() ? row.TextOrNull(0) : null;
    });

    private string[] Keys() => Sql(static session => ProtectionSql.All(session, 0).Select(static key => key.Xml).ToArray());

    private Task<int> SqlAsync(string sql) => Service<Store>().WriteAsync(sql, static (session, sql) => session.Execute(sql));

    private string Code(string secret) => Totp.Code(secret, Host.Clock.GetUtcNow().ToUnixTimeSeconds() / Totp.StepSeconds);
}
