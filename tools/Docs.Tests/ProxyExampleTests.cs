using System.Diagnostics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;

namespace JamBox.Docs.Tests;

/// <summary>The examples of docs/operations.md are accepted by the programs that they are for, where those are installed.</summary>
public sealed class ProxyExampleTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("jambox-proxy-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [ProgramFact("nginx")]
    public void Nginx_accepts_its_example()
    {
        string pem = Path.Combine(_folder, "cert.pem");
        using (ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256))
        using (X509Certificate2 certificate = new CertificateRequest("CN=jambox.example.org", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100)))
        {
            File.WriteAllText(pem, certificate.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem());
        }

        string example = Regex.Replace(Example("nginx"), "/etc/letsencrypt/[^;]+", pem);
        Assert.Contains(pem, example, StringComparison.Ordinal);

        // Not the ports themselves: whoever else listens on this machine must not matter.
        example = Regex.Replace(example, @"listen (\d+)", $"listen unix:{_folder}/$1");
        string file = Path.Combine(_folder, "nginx.conf");
        string head = $"pid {_folder}/pid;\nerror_log {_folder}/error.log;\nevents {{}}\n";
        File.WriteAllText(file, $"{head}http {{\naccess_log off;\n{example}\n}}\n");
        Assert.Contains("test is successful", Run("nginx", "-t", "-c", file, "-p", _folder), StringComparison.Ordinal);
    }

    [ProgramFact("caddy")]
    public void Caddy_accepts_its_example()
    {
        string file = Path.Combine(_folder, "Caddyfile");
        File.WriteAllText(file, Example("caddyfile"));
        string said = Run("caddy", "validate", "--config", file, "--adapter", "caddyfile");
        Assert.Contains("Valid configuration", said, StringComparison.Ordinal);
    }

    private static string Example(string language)
    {
        Match block = Regex.Match(Repository.Read("docs/operations.md"), $"(?s)\n```{language}\n(.+?)\n```\n");
        Assert.True(block.Success, $"docs/operations.md has no example for {language}");
        return block.Groups[1].Value;
    }

    /// <summary>Runs a program to its end, two minutes at most.</summary>
    private string Run(string program, params string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true };
        start.Environment["HOME"] = _folder;
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(TimeSpan.FromSeconds(120)))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} does not end");
        }

        string said = output.GetAwaiter().GetResult() + errors.GetAwaiter().GetResult();
        return process.ExitCode == 0 ? said : throw new InvalidOperationException($"{program}: {said}");
    }
}

/// <summary>A test that needs a program, and is skipped without it.</summary>
internal sealed class ProgramFactAttribute : FactAttribute
{
    public ProgramFactAttribute(string program)
    {
        string[] folders = [.. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator), "/usr/sbin"];
        if (!folders.Any(folder => File.Exists(Path.Combine(folder, program))))
        {
            Skip = $"{program} is not installed";
        }
    }
}
