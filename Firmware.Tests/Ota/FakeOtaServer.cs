using System;
using JamBox.Ota;
using JamBox.Tests.App;
using JamBox.Text;

namespace JamBox.Tests.Ota;

/// <summary>The backend's side of updates: one release, and whatever answers a test wants.</summary>
internal sealed class FakeOtaServer
{
    private const int ChunkSize = 512;
    private const int MostAtOnce = 8;

    private readonly ByteWriter _answer = new ByteWriter(new byte[240 + (MostAtOnce * (ChunkSize + 2))]);

    /// <summary>What is offered to boxes that do not run it; <c>null</c> for nothing.</summary>
    public TestRelease Release { get; set; }

    public int Id { get; set; } = 12;

    /// <summary>Whether the box is not offered it any more, because it failed there: until an operator allows it.</summary>
    public bool IsExcluded { get; set; }

    /// <summary>A letter a request: k check, r key-change record, f floor, m manifest, c chunk, e end; capital when it was answered 2xx.</summary>
    public string Log { get; set; } = string.Empty;

    /// <summary>How many chunks it gives in an answer at most; 0 = it does not know of several, as older ones.</summary>
    public int AtOnce { get; set; } = 1;

    /// <summary>How many bytes of the next answer with chunks arrive before it is cut off; 0 = all.</summary>
    public int CutAt { get; set; }

    /// <summary>Whether its chunks are somebody else's: other bytes, whose check sum is right.</summary>
    public bool IsInjecting { get; set; }

    /// <summary>The chunks that were handed out, in their order.</summary>
    public string Chunks { get; set; } = string.Empty;

    public int CheckStatus { get; set; } = 200;

    public int ManifestStatus { get; set; } = 200;

    public int ChunkStatus { get; set; } = 200;

    public int EndStatus { get; set; } = 200;

    public int RetryAfter { get; set; }

    /// <summary>How many of the next chunks have a wrong byte.</summary>
    public int DamagedChunks { get; set; }

    /// <summary>How many of the next manifests have a wrong byte in what is signed.</summary>
    public int DamagedManifests { get; set; }

    /// <summary>Whether chunks come without their check sum.</summary>
    public bool HidesCheckSum { get; set; }

    /// <summary>How many chunks it gives before it answers 500; 0 = all.</summary>
    public int ChunksUntilTrouble { get; set; }

    /// <summary>A box that closes a reading whenever it asks for a chunk; <c>null</c> for none.</summary>
    public BoxBench Busy { get; set; }

    /// <summary>A digit a chunk: whether there was a reading before it.</summary>
    public string Readings { get; private set; } = string.Empty;

    /// <summary>Bytes that are missing at the end of every chunk and manifest.</summary>
    public int Missing { get; set; }

    /// <summary>Whether chunks and manifests come without a status that could be read.</summary>
    public bool IsGarbled { get; set; }

    /// <summary>The key-change record that is announced and given; <c>null</c> for none.</summary>
    public byte[] Keys { get; set; }

    /// <summary>What the check says of it.</summary>
    public string KeysName { get; set; }

    /// <summary>The floor that is announced and given; <c>null</c> for none.</summary>
    public byte[] Floor { get; set; }

    /// <summary>What the check says of it.</summary>
    public string FloorName { get; set; }

    /// <summary>The status of answers with a record or a floor.</summary>
    public int RecordStatus { get; set; } = 200;

    public string LastCheck { get; private set; } = string.Empty;

    public string LastEnd { get; private set; } = string.Empty;

    /// <summary>How many ends were told.</summary>
    public int Ends { get; private set; }

    /// <summary>Answers a request under /api/ota/.</summary>
    public byte[] Answer(string head, string body)
    {
        if (head.StartsWith("POST /api/ota/check "))
        {
            LastCheck = body;
            Note("k", CheckStatus);
            return Text(CheckStatus, Release == null || IsExcluded || body.IndexOf(Release.Version) >= 0
                ? "{\"status\":\"ok\",\"update_available\":false,\"reason\":\"up_to_date\"" + Names() + "}"
                : "{\"status\":\"ok\",\"update_available\":true,\"id\":" + Id
                    .ToString() + ",\"target\":\"7.7.7\",\"size\":1,\"chunks\":1" + Names() + "}");
        }

        if (head.StartsWith("GET /api/ota/keys?after="))
        {
            Note("r", Keys == null ? 404 : RecordStatus);
            return Keys == null || RecordStatus != 200 ? Text(Keys == null ? 404 : RecordStatus, "{}") : Binary(Keys, 0, Keys.Length, -1);
        }

        if (head.StartsWith("GET /api/ota/floor?after="))
        {
            Note("f", Floor == null ? 404 : RecordStatus);
            return Floor == null || RecordStatus != 200
                ? Text(Floor == null ? 404 : RecordStatus, "{}")
                : Binary(Floor, 0, Floor.Length, -1);
        }

        if (head.StartsWith("GET /api/ota/manifest?id=" + Id.ToString() + " "))
        {
            Note("m", ManifestStatus);
            return ManifestStatus == 200 ? WholeManifest() : Text(ManifestStatus, "{}");
        }

        string chunkHead = "GET /api/ota/chunk?id=" + Id.ToString() + "&chunk=";
        if (head.StartsWith(chunkHead))
        {
            Note("c", ChunkStatus);
            if (ChunksUntilTrouble > 0 && ChunksUntilTrouble-- == 1)
            {
                byte[] last = Chunk(head.Substring(chunkHead.Length, head.IndexOf(" HTTP") - chunkHead.Length));
                ChunkStatus = 500;
                return last;
            }

            return ChunkStatus == 200
                ? Chunk(head.Substring(chunkHead.Length, head.IndexOf(" HTTP") - chunkHead.Length))
                : Text(ChunkStatus, "{}");
        }

        if (head.StartsWith("POST /api/ota/complete "))
        {
            LastEnd = body;
            Ends++;
            IsExcluded |= EndStatus == 200 && body.IndexOf("success") < 0;
            Note("e", EndStatus);
            return Text(EndStatus, "{\"status\":\"ok\"}");
        }

        return Text(404, "{}");
    }

    private string Names()
    {
        return (KeysName == null ? string.Empty : ",\"kr\":\"" + KeysName + "\"")
            + (FloorName == null ? string.Empty : ",\"fl\":\"" + FloorName + "\"");
    }

    private void Note(string letter, int status)
    {
        Log += status < 300 ? letter.ToUpper() : letter;
    }

    private byte[] WholeManifest()
    {
        byte[] answer = Binary(Release.Manifest, 0, Release.Manifest.Length, -1);
        if (DamagedManifests > 0)
        {
            DamagedManifests--;
            answer[answer.Length - Release.Manifest.Length + 60] ^= 1;
        }

        return answer;
    }

    private byte[] Chunk(string query)
    {
        int end = query.IndexOf("&count=");
        int first = int.Parse(end < 0 ? query : query.Substring(0, end));
        int count = end < 0 ? 0 : int.Parse(query.Substring(end + 7));
        return AtOnce == 0 || count == 0 ? SingleChunk(first) : ManyChunks(first, count < AtOnce ? count : AtOnce);
    }

    private byte[] SingleChunk(int index)
    {
        NoteChunk(index);
        int at = index * ChunkSize;
        int count = LengthOf(index);
        byte[] answer = Binary(Release.Patch, at, count, HidesCheckSum ? -1 : Crc16.Compute(Release.Patch, at, count));
        return Damage(answer);
    }

    private byte[] ManyChunks(int first, int count)
    {
        int last = (Release.Patch.Length - 1) / ChunkSize;
        var body = new byte[count * (ChunkSize + 2)];
        int length = 0;
        for (int index = first; index < first + count && index <= last; index++)
        {
            NoteChunk(index);
            int bytes = LengthOf(index);
            var chunk = new byte[bytes];
            Array.Copy(Release.Patch, index * ChunkSize, chunk, 0, bytes);
            chunk[0] ^= (byte)(IsInjecting ? 0xFF : 0);
            int crc = HidesCheckSum ? 0 : Crc16.OfChunk(index, chunk, bytes);
            Array.Copy(chunk, 0, body, length, bytes);
            body[length + bytes] = (byte)crc;
            body[length + bytes + 1] = (byte)(crc >> 8);
            length += bytes + 2;
        }

        return Cut(Damage(Binary(body, 0, length, -1)));
    }

    private void NoteChunk(int index)
    {
        Chunks += index.ToString() + ",";
        if (Busy != null)
        {
            Readings += Busy.Server.Numbers.Length == 0 ? "0" : "1";
            Busy.Box.Recorder.CloseNow(Busy.Clock.UptimeMs);
        }
    }

    private int LengthOf(int index)
    {
        int left = Release.Patch.Length - (index * ChunkSize);
        return left < ChunkSize ? left : ChunkSize;
    }

    private byte[] Damage(byte[] answer)
    {
        if (DamagedChunks > 0)
        {
            DamagedChunks--;
            answer[answer.Length - 1] ^= 1;
        }

        return answer;
    }

    private byte[] Cut(byte[] answer)
    {
        if (CutAt == 0)
        {
            return answer;
        }

        var cut = new byte[CutAt];
        Array.Copy(answer, cut, CutAt);
        CutAt = 0;
        return cut;
    }

    private byte[] Binary(byte[] bytes, int offset, int count, int crc)
    {
        Head(IsGarbled ? 999 : 200, count - Missing);
        _answer.Text("Content-Type: application/octet-stream\r\n");
        if (crc >= 0)
        {
            _answer.Text("C: " + crc.ToString("x4") + "\r\n");
        }

        _answer.Text("\r\n");
        _answer.Bytes(bytes, offset, count - Missing);
        return Whole();
    }

    private byte[] Text(int status, string text)
    {
        Head(status, text.Length);
        _answer.Text("\r\n" + text);
        return Whole();
    }

    private void Head(int status, int length)
    {
        _answer.Clear();
        _answer.Text("HTTP/1.1 " + status.ToString() + " X\r\nContent-Length: " + length.ToString() + "\r\n");
        if (RetryAfter > 0)
        {
            _answer.Text("Retry-After: " + RetryAfter.ToString() + "\r\n");
        }
    }

    private byte[] Whole()
    {
        var bytes = new byte[_answer.Length];
        Array.Copy(_answer.Buffer, bytes, bytes.Length);
        return bytes;
    }
}
