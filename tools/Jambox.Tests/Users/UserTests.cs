using System.Net.Http.Json;
using System.Text.Json;
using JamBox.Bench.CommandLine;
using JamBox.Bench.Tests.Releases;

namespace JamBox.Bench.Tests.Users;

/// <summary>Users are made from the bench, against a real backend.</summary>
public sealed class UserTests : OnlineTest
{
    [Fact]
    public async Task AUserWithAPasswordSignsIn()
    {
        Terminal.Environment["JAMBOX_USER_PASSWORD"] = "correct horse battery";
        string said = await RunAsync("user", "add", "anna@example.org", "--role", "admin", "--password");
        Assert.StartsWith("anna@example.org may sign in at http", said, StringComparison.Ordinal);
        Assert.DoesNotContain("correct horse", said, StringComparison.Ordinal);
        using var browser = new HttpClient();
        using HttpResponseMessage answer = await browser.PostAsJsonAsync(
            new Uri(Backend.Address, "/api/session"), new { email = "anna@example.org", password = "correct horse battery" });
        Assert.Equal(200, (int)answer.StatusCode);
        Assert.Contains("anna@example.org  active  admin everywhere", await RunAsync("user", "list"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task WithoutAPasswordTheInvitationIsShown()
    {
        JsonElement made = JsonElement.Parse(await RunAsync("user", "add", "ben@example.org", "--json"));
        Assert.StartsWith("/invite/", made.GetProperty("link").GetString(), StringComparison.Ordinal);
        Assert.Contains("invited, good once", await RunAsync("user", "add", "eve@example.org"), StringComparison.Ordinal);
        await FailsAsync(ExitCode.Refused, "There is a user of that address", "user", "add", "ben@example.org");
        await FailsAsync(ExitCode.Refused, "role: must be", "user", "add", "king@example.org", "--role", "king");
        await FailsAsync(ExitCode.Refused, "there is no place 99", "user", "add", "lost@example.org", "--place", "99");
    }
}
