namespace JamBox.Http;

/// <summary>Which part of an answer <see cref="HttpResponseParser"/> expects next.</summary>
public enum HttpParserState
{
    /// <summary>The status line.</summary>
    StatusLine,

    /// <summary>A header, or the blank line behind the last.</summary>
    Header,

    /// <summary>Body, as long as Content-Length says.</summary>
    Body,

    /// <summary>Body until the connection closes.</summary>
    BodyUntilClose,

    /// <summary>The line with the size of a chunk.</summary>
    ChunkSize,

    /// <summary>The bytes of a chunk.</summary>
    ChunkData,

    /// <summary>The end of line behind a chunk.</summary>
    ChunkEnd,

    /// <summary>Headers behind the last chunk, or the blank line behind them.</summary>
    Trailer,

    /// <summary>The answer is complete.</summary>
    Done,

    /// <summary>The answer is of no use.</summary>
    Failed,
}
