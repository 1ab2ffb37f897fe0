using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

using JamBox.Backend.Mqtt;
using JamBox.Backend.Mqtt.Outside;
using JamBox.Backend.Tests.Hosting;

using Microsoft.Extensions.DependencyInjection;

namespace JamBox.Backend.Tests.Mqtt;

/// <summary>Whom the backend takes for its broker, and which of two backends listens to it.</summary>
public abstract class BrokerConnectionTests(BackendHost shared)
{
    [MosquittoFact]
    public async Task ACertificateThatNobodyVouchesForIsRefused()
    {
        using Certificate certificate = new("127.0.0.1");
        using MosquittoServer broker = new(certificate.Settings);
        await broker.StartAsync();
        await using BackendHost host = shared.Another($"--Mqtt:Broker=mqtts://127.0.0.1:{broker.Port}");
        await host.InitializeAsync();
        await RefusedAsync(host);
    }

    [MosquittoFact]
    public async Task TheRootThatIsNamedIsTrusted()
    {
        using Certificate certificate = new("127.0.0.1");
        using MosquittoServer broker = new(certificate.Settings);
        await broker.StartAsync();
        await using BackendHost host = shared.Another(
            $"--Mqtt:Broker=mqtts://127.0.0.1:{broker.Port}", $"--Mqtt:BrokerRoot={certificate.Path}");
        await host.InitializeAsync();
        await UntilAsync(() => host.Services.GetRequiredService<OutsideBroker>().IsConnected);
    }

    [MosquittoFact]
    public async Task ACertificateOfAnotherHostIsRefused()
    {
        using Certificate certificate = new("127.0.0.2");
        using MosquittoServer broker = new(certificate.Settings);
        await broker.StartAsync();
        await using BackendHost host = shared.Another(
            $"--Mqtt:Broker=mqtts://127.0.0.1:{broker.Port}", $"--Mqtt:BrokerRoot={certificate.Path}");
        await host.InitializeAsync();
        await RefusedAsync(host);
    }

    [Fact]
    public async Task OneOfTwoListensAndTheOtherTakesOver()
    {
        await using BackendHost host = shared.Another();
        await host.InitializeAsync();
        Backend.Storage.Store store = host.Services.GetRequiredService<Backend.Storage.Store>();
        MqttLease one = new(store, host.Clock, MqttLease.Listening, "one");
        MqttLease other = new(store, host.Clock, MqttLease.Listening, "other");
        Assert.True(await one.TakeAsync());
        Assert.False(await other.TakeAsync());
        host.Clock.Advance(TimeSpan.FromMilliseconds(MqttLease.HoldsMs - 1));
        Assert.False(await other.TakeAsync());
        Assert.True(await one.TakeAsync());

        // The one has died.
        host.Clock.Advance(TimeSpan.FromMilliseconds(MqttLease.HoldsMs));
        Assert.True(await other.TakeAsync());
        Assert.False(await one.TakeAsync());
        await one.ReleaseAsync();
        Assert.False(await one.TakeAsync());
        await other.ReleaseAsync();
        Assert.True(await one.TakeAsync());
    }

    private static async Task RefusedAsync(BackendHost host)
    {
        await UntilAsync(() => host.Log.Text.Contains("MQTT: no connection", StringComparison.Ordinal));
        Assert.False(host.Services.GetRequiredService<OutsideBroker>().IsConnected);
    }

    private static async Task UntilAsync(Func<bool> isSo)
    {
        for (Stopwatch waited = Stopwatch.StartNew(); !isSo(); await Task.Delay(10))
        {
            Assert.True(waited.Elapsed < TimeSpan.FromSeconds(120), "It did not come within 120 s.");
        }
    }

    /// <summary>A certificate of a server, signed by itself.</summary>
    private sealed class Certificate : IDisposable
    {
        private readonly string _folder = Directory.CreateTempSubdirectory("jambox-certificate-").FullName;

        public Certificate(string address)
        {
            using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            CertificateRequest request = new("CN=broker", key, HashAlgorithmName.SHA256);
            SubjectAlternativeNameBuilder names = new();
            names.AddIpAddress(IPAddress.Parse(address));
            request.CertificateExtensions.Add(names.Build());
            using X509Certificate2 made = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
            File.WriteAllText(Path, made.ExportCertificatePem());
            File.WriteAllText(KeyPath, key.ExportPkcs8PrivateKeyPem());
        }

        public string Path => System.IO.Path.Combine(_folder, "certificate.pem");

        public string Settings => $"certfile {Path}\nkeyfile {KeyPath}";

        private string KeyPath => System.IO.Path.Combine(_folder, "key.pem");

        public void Dispose() => Directory.Delete(_folder, recursive: true);
    }
}
