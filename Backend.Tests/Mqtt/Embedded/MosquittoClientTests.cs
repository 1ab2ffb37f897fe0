using System.Diagnostics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

using JamBox.Backend.Mqtt.Embedded;
using JamBox.Backend.Tests.Hosting;

namespace JamBox.Backend.Tests.Mqtt.Embedded;

/// <summary>The broker by the clients that people have at hand: Debian's mosquitto_pub and mosquitto_sub.</summary>
public sealed class MosquittoClientTests : BrokerTest, IClassFixture<SqliteBackend>
{
    private readonly string _folder;

    public MosquittoClientTests(SqliteBackend shared)
        : this(shared, Certificates.Make())
    {
    }

    private MosquittoClientTests(SqliteBackend shared, string folder)
        : base(
            shared, false, "--Mqtt:Listen=127.0.0.1:0,mqtts://127.0.0.1:0", $"--Mqtt:Certificate={folder}/server.pem")
    {
        _folder = folder;
    }

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private int TlsPort => Broker.EndPoints[1].Port;

    [MosquittoClientTheory]
    [InlineData("mqttv311")]
    [InlineData("mqttv5")]
    public async Task ItPublishesAndHears(string version)
    {
        string token = await ThingAsync("clock-1");
        using Subscriber subscriber = new(
            ["-p", $"{Port}", "-u", "clock-1", "-P", token, "-V", version, "-q", "1", "-v", "-t", "jambox/device/clock-1/commands"]);
        await UntilAsync(() => Broker.Counts.Connections == 1);
        await PublishAsync(0, "-p", $"{Port}", "-u", "clock-1", "-P", token, "-V", version, "-q", "1",
            "-t", "jambox/device/clock-1/telemetry", "-m", """{"data":{"temperature":20.5}}""");
        Assert.Equal("""{"temperature":20.5}""", await ValuesAsync("clock-1"));
        await AdminAsync(HttpMethod.Put, "/api/devices/clock-1/state", """{"v0":1}""");
        Assert.StartsWith(
            """jambox/device/clock-1/commands {"type":"led","state":1,"virtual_pin":"v0",""", await subscriber.LineAsync(),
            StringComparison.Ordinal);
        await PublishAsync(0, "-p", $"{Port}", "-u", "clock-1", "-P", token, "-V", version, "-q", "2", "-i", "named",
            "-t", "jambox/prod/event/clock-1/door", "-m", "{}");
        Assert.Equal(1, (await GetAsync("/api/devices/clock-1/events?type=door")).GetArrayLength());
    }

    [MosquittoClientTheory]
    [InlineData("mqttv311")]
    [InlineData("mqttv5")]
    public async Task ItIsRefusedWithAWrongPassword(string version)
    {
        await ThingAsync("clock-1");
        string said = await PublishAsync(null, "-p", $"{Port}", "-u", "clock-1", "-P", "wrong", "-V", version, "-q", "1",
            "-t", "jambox/device/clock-1/telemetry", "-m", """{"data":{"v":1}}""");
        Assert.Contains("Connection error", said, StringComparison.Ordinal);
        Assert.Equal("{}", await ValuesAsync("clock-1"));
    }

    [MosquittoClientTheory]
    [InlineData("mqttv311")]
    [InlineData("mqttv5")]
    public async Task ItSpeaksTlsAndChecksTheCertificate(string version)
    {
        string token = await ThingAsync("clock-1");
        string[] said = ["-u", "clock-1", "-P", token, "-V", version, "-q", "1", "-t", "jambox/device/clock-1/telemetry",
            "-m", """{"data":{"v":1}}"""];
        await PublishAsync(0, ["-h", "localhost", "-p", $"{TlsPort}", "--cafile", $"{_folder}/root.pem", .. said]);
        Assert.Equal("""{"v":1}""", await ValuesAsync("clock-1"));
        await PublishAsync(
            0, ["-h", "localhost", "-p", $"{TlsPort}", "--cafile", $"{_folder}/root.pem", "--tls-alpn", "mqtt", .. said]);
        Assert.NotEqual("", await PublishAsync(
            null, ["-h", "localhost", "-p", $"{TlsPort}", "--cafile", $"{_folder}/other.pem", .. said]));
        Assert.NotEqual("", await PublishAsync(null, ["-h", "localhost", "-p", $"{Port}", "--cafile", $"{_folder}/root.pem", .. said]));
    }

    /// <summary>Runs mosquitto_pub.</summary>
    /// <param name="exitCode">What it must end with; null = any but 0.</param>
    /// <param name="args">Its arguments.</param>
    /// <returns>What it says.</returns>
    private static async Task<string> PublishAsync(int? exitCode, params string[] args)
    {
        using Process process = Process.Start(new ProcessStartInfo(MosquittoClients.Publisher, args)
        {
            RedirectStandardError = true, RedirectStandardOutput = true,
        })!;
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(120));
        Task<string> errors = process.StandardError.ReadToEndAsync(limit.Token);
        string text = await process.StandardOutput.ReadToEndAsync(limit.Token) + await errors;
        await process.WaitForExitAsync(limit.Token);
        Assert.True(exitCode is null ? process.ExitCode != 0 : process.ExitCode == exitCode, $"{process.ExitCode}: {text}");
        return text;
    }

    private sealed class Subscriber : IDisposable
    {
        private readonly Process _process;

        public Subscriber(string[] args)
        {
            _process = Process.Start(new ProcessStartInfo(MosquittoClients.Subscriber, args) { RedirectStandardOutput = true })!;
        }

        public async Task<string> LineAsync()
        {
            using CancellationTokenSource limit = new(TimeSpan.FromSeconds(120));
            return await _process.StandardOutput.ReadLineAsync(limit.Token) ?? "";
        }

        public void Dispose()
        {
            _process.Kill();
            _process.WaitForExit(5000);
            _process.Dispose();
        }
    }

    /// <summary>A root, a certificate of it for localhost, and a root that knows nothing of it.</summary>
    private static class Certificates
    {
        public static string Make()
        {
            string folder = Directory.CreateTempSubdirectory("jambox-broker-").FullName;
            DateTimeOffset now = DateTimeOffset.UtcNow;
            using ECDsa rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            using X509Certificate2 root = Root("Root of a test", rootKey, now);
            using ECDsa otherKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            using X509Certificate2 other = Root("Another root", otherKey, now);
            using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            CertificateRequest request = new("CN=localhost", key, HashAlgorithmName.SHA256);
            SubjectAlternativeNameBuilder names = new();
            names.AddDnsName("localhost");
            request.CertificateExtensions.Add(names.Build());
            using X509Certificate2 server = request.Create(root, now.AddDays(-1), now.AddDays(30), [1, 2, 3, 4]);
            File.WriteAllText(Path.Combine(folder, "root.pem"), root.ExportCertificatePem());
            File.WriteAllText(Path.Combine(folder, "other.pem"), other.ExportCertificatePem());
            File.WriteAllText(Path.Combine(folder, "server.pem"), server.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem());
            return folder;
        }

        private static X509Certificate2 Root(string name, ECDsa key, DateTimeOffset now)
        {
            CertificateRequest request = new($"CN={name}", key, HashAlgorithmName.SHA256);
            request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
            return request.CreateSelfSigned(now.AddDays(-2), now.AddDays(60));
        }
    }
}

/// <summary>Debian's clients.</summary>
public static class MosquittoClients
{
    public const string Publisher = "/usr/bin/mosquitto_pub";

    public const string Subscriber = "/usr/bin/mosquitto_sub";

    public static string? Missing => File.Exists(Publisher) ? null : "Debian's mosquitto-clients are not installed";
}

/// <summary>A test that needs them; it is skipped with a line that says so where they are not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class MosquittoClientTheoryAttribute : TheoryAttribute
{
    public MosquittoClientTheoryAttribute()
    {
        Skip = MosquittoClients.Missing;
    }
}
