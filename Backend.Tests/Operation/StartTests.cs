using JamBox.Backend.Builds;
using JamBox.Backend.Operation;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Tests.Hosting;

using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace JamBox.Backend.Tests.Operation;

/// <summary>What stops the start, and what a bare start does.</summary>
public sealed class StartTests : IDisposable
{
    private static readonly (string Section, Type Options)[] s_sections =
    [
        (StorageOptions.Section, typeof(StorageOptions)), (AdminOptions.Section, typeof(AdminOptions)),
        (RetentionOptions.Section, typeof(RetentionOptions)), (RateLimitOptions.Section, typeof(RateLimitOptions)),
    ];

    private readonly string _folder = Directory.CreateTempSubdirectory("jambox-start-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("--Storage:Provider=oracle", "Storage:Provider")]
    [InlineData("--Storage:Provider=postgres", "Storage:ConnectionString")]
    [InlineData("--Storage:Path= ", "Storage:Path")]
    [InlineData("--Storage:Path=:memory:", "Storage:Path")]
    [InlineData("--Storage:Path=.", "Storage:Path")]
    [InlineData("--Storage:Pfad=x", "Storage:Pfad")]
    [InlineData("--Admin:Keys=x", "Admin:Keys")]
    [InlineData("--Admin:Key=with blank", "Admin:Key")]
    [InlineData("--Urls=nonsense", "Urls")]
    [InlineData("--Urls=ftp://localhost:5000", "Urls")]
    [InlineData("--Urls=http://localhost:99999", "Urls")]
    [InlineData("--Urls=http://", "Urls")]
    [InlineData("--Urls=http://256.1.1.1:5000", "Urls")]
    [InlineData("--Urls=http://example.org:5000", "Urls")]
    [InlineData("--Urls=http://127.0.0.1:0;nonsense", "Urls")]
    [InlineData("--ShutdownTimeoutSeconds=soon", "ShutdownTimeoutSeconds")]
    [InlineData("--ShutdownTimeoutSeconds=60", "ShutdownTimeoutSeconds")]
    [InlineData("--Admin:Key=fifteen-letters", "Admin:Key")]
    [InlineData("--Logging:LogLevel:Default=Loud", "Logging:LogLevel:Default")]
    [InlineData("--Logging:LogLevel:JamBox=7", "Logging:LogLevel:JamBox")]
    [InlineData("--Logging:Console:LogLevel:Default=Loud", "Logging:Console:LogLevel:Default")]
    [InlineData("--Port=5000", "Port")]
    [InlineData("--RateLimits:AdminPerMinute=0", "RateLimits:AdminPerMinute")]
    [InlineData("--RateLimits:Admin=5", "RateLimits:Admin")]
    [InlineData("--Retention:ReadingsDays=-1", "Retention:ReadingsDays")]
    [InlineData("--Ota:MaxBytes=much", "Ota:MaxBytes")]
    [InlineData("--Ota:AllowUnsigned=perhaps", "Ota:AllowUnsigned")]
    [InlineData("--Ota:PublicKey=1234", "Ota:PublicKey")]
    [InlineData(
        "--Ota:PublicKey=00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff", "Ota:PublicKey")]
    [InlineData("--Ota:PrivateKey=x", "Ota:PrivateKey")]
    [InlineData("--Geolocation:Endpoint=ftp://x", "Geolocation:Endpoint")]
    [InlineData("--Alerts:WebhookUrl=http://localhost/x", "Alerts:WebhookSecret")]
    [InlineData("--Alerts:SmtpHost=localhost", "Alerts:MailTo")]
    [InlineData("--Alerts:MailTo=nobody", "Alerts:MailTo")]
    [InlineData("--Alerts:SmtpTls=maybe", "Alerts:SmtpTls")]
    [InlineData("--Observability:OtlpEndpoint=nowhere", "Observability:OtlpEndpoint")]
    public void UnknownAndInvalidValuesNameTheirKey(string arg, string key)
    {
        StartupException refusal = Assert.Throws<StartupException>(() => BackendApp.Build(["--contentRoot", _folder, arg]));
        Assert.Equal(key, refusal.Key);
        Assert.DoesNotContain('\n', refusal.Message);
    }

    [Theory]
    [InlineData("--Ota:MaxBytes=much", "Ota:MaxBytes: must be a whole number from 1024 to 67108864.")]
    [InlineData("--Ota:MaxBytes=1", "Ota:MaxBytes: must be a whole number from 1024 to 67108864.")]
    [InlineData("--Ota:AllowUnsigned=perhaps", "Ota:AllowUnsigned: must be true or false.")]
    [InlineData("--Storage:Pfad=x", "Storage:Pfad: unknown key; 'Storage' knows Provider, Path, ConnectionString.")]
    [InlineData("--Geolocation:Endpoint=nowhere", "Geolocation:Endpoint: must be an address such as https://example.org/hook.")]
    [InlineData(
        "--Alerts:WebhookUrl=http://localhost/x", "Alerts:WebhookSecret: is needed with Alerts:WebhookUrl: every message is signed with it.")]
    public void ARefusalSaysWhatWouldBeRight(string arg, string line)
    {
        Assert.Equal(line, Assert.Throws<StartupException>(() => BackendApp.Build(["--contentRoot", _folder, arg])).Message);
    }

    /// <summary>What only shows when it listens: a line too, and not a stack.</summary>
    [Theory]
    [InlineData("--Urls=http://192.0.2.1:5000", "Urls: ")]
    [InlineData("--Kestrel:Endpoints:Http:Url=nonsense", "Urls: ")]
    [InlineData("--Kestrel:Endpoints:Https:Url=https://127.0.0.1:0", "Kestrel: ")]
    public async Task WhatShowsLaterIsALineToo(string arg, string start)
    {
        string line = "";
        try
        {
            await using WebApplication app = BackendApp.Build(
                ["--contentRoot", _folder, arg], static builder => builder.Logging.ClearProviders());
            await app.StartAsync();
        }
#pragma warning disable CA1031 // Whatever it is: that is what the program does.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            line = StartFailure.Explain(failure);
        }

        Assert.StartsWith(start, line, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', line);
    }

    [Theory]
    [InlineData("Storag__Path", "Storage__Path")]
    [InlineData("STORAGE_PATH", "Storage__Path")]
    [InlineData("Storage_Connection_String", "Storage__ConnectionString")]
    [InlineData("ADMIN_KEY", "Admin__Key")]
    [InlineData("Admn__Key", "Admin__Key")]
    [InlineData("Retension__ReadingsDays", "Retention__ReadingsDays")]
    [InlineData("RateLimit__AdminPerMinute", "RateLimits__AdminPerMinute")]
    public void AVariableThatWasMeantForUsIsNamed(string name, string meant)
    {
        string fault = Assert.Single(EnvironmentNames.FindFaults(["HOME", name], s_sections));
        Assert.Equal($"The environment has {name}, which is no setting and is not read: {meant} is one", fault);
    }

    [Theory]
    [InlineData("Storage__Path")]
    [InlineData("storage__path")]
    [InlineData("PATH")]
    [InlineData("XDG_DATA_HOME")]
    [InlineData("DOTNET_gcServer")]
    [InlineData("ASPNETCORE_FORWARDEDHEADERS_ENABLED")]
    [InlineData("Logging__LogLevel__Default")]
    [InlineData("SSH_AUTH_SOCK")]
    [InlineData("_")]
    [InlineData("__")]
    public void OtherVariablesAreNobodysBusiness(string name) => Assert.Empty(EnvironmentNames.FindFaults([name], s_sections));

    [Fact]
    public async Task TheFilesAreForTheirOwnersEyesAlone()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        const UnixFileMode Owners = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        string path = Path.Combine(_folder, "new", "x.db");
        for (int start = 0; start < 2; start++)
        {
            await using (
                WebApplication app = BackendApp.Build(
                    ["--Urls=http://127.0.0.1:0", $"--Storage:Path={path}"], static builder => builder.Logging.ClearProviders()))
            {
                await app.StartAsync();
                foreach (string file in new[] { path, path + "-wal", path + "-shm" })
                {
                    Assert.Equal(Owners, File.GetUnixFileMode(file));
                }

                Assert.Equal(Owners | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.GetDirectoryName(path)!));
            }

            // What an earlier version left for all to read is taken back.
            File.SetUnixFileMode(path, Owners | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        }
    }

    [Fact]
    public async Task AnEmptyValueIsNotSet()
    {
        await using WebApplication app = BackendApp.Build(
            ["--contentRoot", _folder, "--environment=Development", "--Admin:Key=", "--Ota:MaxBytes=", "--Ota:PublicKey=",
                "--Alerts:SmtpHost=", "--Geolocation:Endpoint=", "--Storage:Provider="],
            static builder => builder.Logging.ClearProviders());
        BuildOptions builds = app.Services.GetRequiredService<BuildOptions>();
        Assert.Equal(8 * 1024 * 1024, builds.MaxBytes);
        Assert.Null(builds.PublicKey);
        Assert.Null(app.Services.GetRequiredService<AdminOptions>().Key);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("Host=localhost")]
    [InlineData("Host=127.0.0.1;Port=1;Database=x;Username=x;Password=top-secret;Timeout=2")]
    public void APostgresThatCannotBeReachedIsNamedWithoutItsPassword(string connectionString)
    {
        StartupException refusal = Assert.Throws<StartupException>(
            () => BackendApp.Build(
                ["--contentRoot", _folder, "--Storage:Provider=postgres", $"--Storage:ConnectionString={connectionString}"]));
        Assert.Equal("Storage:ConnectionString", refusal.Key);
        Assert.DoesNotContain("top-secret", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TheSettingsFileIsCheckedToo()
    {
        File.WriteAllText(Path.Combine(_folder, "appsettings.json"), """{"Storag":{"Path":"x"}}""");
        Assert.Equal("Storag", Assert.Throws<StartupException>(() => BackendApp.Build(["--contentRoot", _folder])).Key);
        File.WriteAllText(Path.Combine(_folder, "appsettings.json"), "{");
        Assert.Equal("appsettings.json", Assert.Throws<StartupException>(() => BackendApp.Build(["--contentRoot", _folder])).Key);
    }

    [Fact]
    public async Task ARefusedStartIsOneLineAndExitCode1()
    {
        (int exitCode, string output) = await ServerProcess.RunAsync(_folder, "--Storage:Provider=oracle");
        Assert.Equal(1, exitCode);
        Assert.Equal("Storage:Provider: 'oracle' is not known; use 'sqlite' or 'postgres'.", output);
    }

    [Fact]
    public async Task APortInUseIsOneLineAndExitCode1()
    {
        await using BackendHost other = new(TestStorage.Sqlite);
        await other.InitializeAsync();
        (int exitCode, string output) = await ServerProcess.RunAsync(
            _folder, $"--Urls={other.Address.GetLeftPart(UriPartial.Authority)}", "--Logging:LogLevel:Default=Warning");
        Assert.Equal(1, exitCode);
        Assert.StartsWith("Urls: ", output, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', output);

        // The key of the first start is shown by the start that serves.
        (ServerProcess server, _) = await ServerProcess.StartAsync(_folder, "--Urls=http://127.0.0.1:0");
        using (server)
        {
            await server.LineAsync("Admin key");
        }
    }

    [Fact]
    public async Task ABareStartShowsAKeyOnceAndKeepsOnlyItsHash()
    {
        (ServerProcess first, Uri address) = await ServerProcess.StartAsync(_folder, "--Urls=http://127.0.0.1:0");
        string key;
        using (first)
        {
            Assert.Contains(Path.Combine(_folder, "data", "jambox.db"), first.Output, StringComparison.Ordinal);
            key = (await first.LineAsync("Admin key")).Split(": ")[1];
            Assert.Equal(200, await ListAsync(address, key));
        }

        (ServerProcess second, Uri secondAddress) = await ServerProcess.StartAsync(_folder, "--Urls=http://127.0.0.1:0");
        using (second)
        {
            Assert.Equal(200, await ListAsync(secondAddress, key));
            Assert.Equal(401, await ListAsync(secondAddress, key + "x"));
            Assert.DoesNotContain("Admin key", second.Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task AConfiguredKeyStandsAlone()
    {
        string path = Path.Combine(_folder, "x.db");
        await using (
            WebApplication first = BackendApp.Build(
                ["--Urls=http://127.0.0.1:0", $"--Storage:Path={path}"], static builder => builder.Logging.ClearProviders()))
        {
            await first.StartAsync();
        }

        await using WebApplication second = BackendApp.Build(
            ["--Urls=http://127.0.0.1:0", $"--Storage:Path={path}", "--Admin:Key=configured-by-the-test"],
            static builder => builder.Logging.ClearProviders());
        await second.StartAsync();
        Assert.Equal(200, await ListAsync(new Uri(second.Urls.Single()), "configured-by-the-test"));
    }

    private static async Task<int> ListAsync(Uri address, string key)
    {
        using HttpClient http = new() { BaseAddress = address };
        http.DefaultRequestHeaders.Authorization = new("Bearer", key);
        using HttpResponseMessage answer = await http.GetAsync("/api/devices");
        return (int)answer.StatusCode;
    }
}
