using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace JamBox.BackendBenchmark;

/// <summary>
/// Many devices that fetch one image of 1 MB at once: slow ones, so that all of them are in the middle of it at the same time, and what the
/// server holds for each counts. Every byte is compared.
/// </summary>
internal static class Downloads
{
    private const int ImageBytes = 1024 * 1024;
    private const double TargetMb = 300;

    /// <summary>What a device's own receive buffer takes: with the machine's default the kernel would hold a whole image for each.</summary>
    private const int ReceiveBytes = 8 * 1024;

    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(10);

    /// <summary>Uploads an image and measures.</summary>
    public static async Task RunAsync(Options options, bool postgres, string folder, Table table)
    {
        using IStorage storage = postgres ? new PostgresStorage(folder) : new SqliteStorage(folder);
        using Backend backend = await Backend.StartAsync(options.Server, storage);
        byte[] image = Image();
        using (HttpClient http = backend.Http())
        {
            using MultipartFormDataContent form = [];
            form.Add(new ByteArrayContent(image), "file", "a.bin");
            form.Add(new StringContent("v1.0.0"), "version");
            form.Add(new StringContent("esp32c3"), "platform");
            form.Add(new StringContent("clock"), "product");
            using HttpResponseMessage answer = await http.PostAsync(new Uri("/api/upload", UriKind.Relative), form);
            answer.EnsureSuccessStatusCode();
        }

        byte[] request = Encoding.ASCII.GetBytes(
            $"GET /api/firmware/esp32c3?product=clock HTTP/1.1\r\nHost: benchmark\r\nX-API-Key: {Backend.Key}\r\nConnection: close\r\n\r\n");
        byte[] hash = SHA256.HashData(image);
        double before = backend.ResidentMb;
        Stopwatch watch = Stopwatch.StartNew();

        // All have asked, and all have a first piece, before anybody reads on.
        TaskCompletionSource go = new(TaskCreationOptions.RunContinuationsAsynchronously);
        int begun = 0;
        Task<string?>[] devices = [.. Enumerable.Range(0, options.Downloads).Select(_ => FetchAsync(
            backend.Address, request, hash, () => Interlocked.Increment(ref begun) == options.Downloads ? go.TrySetResult() : false, go.Task))];
        bool allBegan = await Task.WhenAny(go.Task, Task.Delay(s_deadline)) == go.Task;
        double inTheMiddle = backend.ResidentMb;
        go.TrySetResult();
        string?[] faults = await Task.WhenAll(devices).WaitAsync(s_deadline);
        watch.Stop();
        Table.Part(string.Create(
            CultureInfo.InvariantCulture, $"{options.Downloads:N0} devices download 1 MB at once, {(postgres ? "PostgreSQL" : "SQLite")}"));
        int good = faults.Count(static fault => fault is null);
        table.Row($"Whole, with the right SHA-256", $"{good:N0} of {options.Downloads:N0}", "all", good == options.Downloads && allBegan);
        foreach (IGrouping<string, string> fault in faults.OfType<string>().GroupBy(static fault => fault))
        {
            table.Row($"Not whole", $"{fault.Count():N0}: {fault.Key}");
        }

        table.Row($"Time", $"{watch.Elapsed.TotalSeconds:F1} s, {good / watch.Elapsed.TotalSeconds:F0} MB/s");
        table.Row($"Resident memory before, and with all in the middle", $"{before:F0} MB, {inTheMiddle:F0} MB");
        table.Row($"Most resident memory of the server", $"{backend.PeakMb:F0} MB", $"< {TargetMb:F0} MB", backend.PeakMb < TargetMb);
    }

    /// <returns>What went wrong; null = the image came, and is the one that was uploaded.</returns>
    private static async Task<string?> FetchAsync(Uri address, byte[] request, byte[] hash, Func<bool> began, Task go)
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = ReceiveBytes };
        await socket.ConnectAsync(IPAddress.Loopback, address.Port);
        await socket.SendAsync(request);
        using IncrementalHash sum = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[ReceiveBytes];
        int have = await socket.ReceiveAsync(buffer);
        began();
        await go;
        int end;
        while ((end = buffer.AsSpan(0, have).IndexOf("\r\n\r\n"u8)) < 0 && have < buffer.Length)
        {
            int more = await socket.ReceiveAsync(buffer.AsMemory(have));
            if (more == 0)
            {
                return "ended in the headers";
            }

            have += more;
        }

        if (end < 0 || !buffer.AsSpan().StartsWith("HTTP/1.1 200"u8))
        {
            return $"answered {Encoding.ASCII.GetString(buffer, 0, Math.Max(0, buffer.AsSpan(0, have).IndexOf((byte)'\r')))}";
        }

        sum.AppendData(buffer.AsSpan(end + 4, have - end - 4));
        int total = have - end - 4;
        int read;
        while ((read = await socket.ReceiveAsync(buffer)) > 0)
        {
            sum.AppendData(buffer.AsSpan(0, read));
            total += read;
        }

        return total < ImageBytes ? "broke off"
            : sum.GetHashAndReset().AsSpan().SequenceEqual(hash) ? null
            : "other bytes";
    }

    /// <summary>An application for an ESP32-C3: header, one segment, checksum.</summary>
    private static byte[] Image()
    {
        const int Header = 24;
        byte[] image = new byte[ImageBytes];
        new Random(1).NextBytes(image.AsSpan(Header + 8));
        ((ReadOnlySpan<byte>)[0xE9, 1, 2, 0x20, 0, 0, 0, 0x42, 0xEE, 0, 0, 0, 5, 0, 0, 0, 0, 0x63, 0, 0, 0, 0, 0, 0]).CopyTo(image);
        int segment = ImageBytes - Header - 8 - 16;
        BitConverter.GetBytes(0x42000020).CopyTo(image, Header);
        BitConverter.GetBytes(segment).CopyTo(image, Header + 4);
        image.AsSpan(Header + 8 + segment).Clear();
        image[^1] = image.AsSpan(Header + 8, segment).ToArray().Aggregate((byte)0xEF, static (all, b) => (byte)(all ^ b));
        return image;
    }
}
