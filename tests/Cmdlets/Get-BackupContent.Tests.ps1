BeforeAll {
    . (Join-Path $PSScriptRoot 'TestSetup.ps1')
    $tree = Initialize-TestTree -Path (Join-Path $TestRoot 'tree')
    $text = "first`nsecond`r`n`nfourth grün`n"
    [IO.File]::WriteAllText("$tree/lines.txt", $text)
    [IO.File]::WriteAllText("$tree/open-end.txt", "one`ntwo")
    [IO.File]::WriteAllText("$tree/empty", '')
    foreach ($pair in @(@('utf8bom', [Text.UTF8Encoding]::new($true)), @('utf16', [Text.UnicodeEncoding]::new($false, $true)), @('utf16be', [Text.UnicodeEncoding]::new($true, $true)), @('utf32', [Text.UTF32Encoding]::new($false, $true)))) {
        [IO.File]::WriteAllText("$tree/$($pair[0]).txt", $text, $pair[1])
    }
    [IO.File]::WriteAllText("$tree/bare16", $text, [Text.UnicodeEncoding]::new($false, $false))
    [IO.File]::WriteAllText("$tree/latin1", $text, [Text.Encoding]::Latin1)
    # Longer than what is read at a time, with lines that cross its borders; and longer than a blob.
    [IO.File]::WriteAllLines("$tree/long.txt", [string[]](1..60000 | ForEach-Object { "line $_ of many" }))
    Add-RandomFile -Path "$tree/random" -Length 6000001
    $null = Initialize-TestRepository -Name vault
    $snapshot = Invoke-Backup -LiteralPath $tree -Repository vault | Get-BackupSnapshot
    function Get-Saved { param([string] $Name) $snapshot | Get-BackupItem -LiteralPath "$tree/$Name" }
}

AfterAll { Clear-TestRoot }

Describe 'Get-BackupContent' {
    It 'gives what Get-Content gives: <said>' -ForEach @(
        @{ name = 'lines.txt'; said = @{} }, @{ name = 'lines.txt'; said = @{ TotalCount = 2 } }, @{ name = 'lines.txt'; said = @{ TotalCount = 0 } }, @{ name = 'lines.txt'; said = @{ Tail = 2 } }, @{ name = 'lines.txt'; said = @{ Tail = 99 } },
        @{ name = 'lines.txt'; said = @{ Tail = 0 } }, @{ name = 'lines.txt'; said = @{ Raw = $true } }, @{ name = 'open-end.txt'; said = @{} }, @{ name = 'open-end.txt'; said = @{ Tail = 1 } }, @{ name = 'empty'; said = @{} }, @{ name = 'empty'; said = @{ Tail = 3 } },
        @{ name = 'utf8bom.txt'; said = @{} }, @{ name = 'utf16.txt'; said = @{} }, @{ name = 'utf16.txt'; said = @{ Tail = 3 } }, @{ name = 'utf16be.txt'; said = @{ Tail = 1 } }, @{ name = 'utf32.txt'; said = @{ Raw = $true } }, @{ name = 'utf32.txt'; said = @{ Tail = 2 } },
        @{ name = 'bare16'; said = @{ Encoding = 'unicode' } }, @{ name = 'bare16'; said = @{ Encoding = 'unicode'; Tail = 2 } }, @{ name = 'latin1'; said = @{ Encoding = 'latin1' } }, @{ name = 'latin1'; said = @{ Encoding = 28591 } }, @{ name = 'latin1'; said = @{ Encoding = [Text.Encoding]::Latin1 } },
        @{ name = 'long.txt'; said = @{} }, @{ name = 'long.txt'; said = @{ Tail = 7000 } }, @{ name = 'long.txt'; said = @{ TotalCount = 12345 } }
    ) {
        $expected = @(Get-Content -LiteralPath "$tree/$name" @said)
        $actual = @(Get-Saved $name | Get-BackupContent @said)
        $actual.Count | Should -Be $expected.Count
        $actual -join '|' | Should -BeExactly ($expected -join '|')
    }

    It 'gives bytes one by one, in arrays, or all in one' {
        $bytes = [IO.File]::ReadAllBytes("$tree/lines.txt")
        $stream = Get-Saved 'lines.txt' | Get-BackupContent -AsByteStream
        $stream[0] | Should -BeOfType byte
        $stream | Should -Be $bytes
        Get-Saved 'lines.txt' | Get-BackupContent -AsByteStream -TotalCount 4 | Should -Be $bytes[0..3]
        Get-Saved 'lines.txt' | Get-BackupContent -AsByteStream -Tail 4 | Should -Be $bytes[-4..-1]
        $raw = Get-Saved 'random' | Get-BackupContent -AsByteStream -Raw
        , $raw | Should -BeOfType byte[]
        [Convert]::ToHexString([Security.Cryptography.SHA256]::HashData($raw)) | Should -Be (Get-FileHash -LiteralPath "$tree/random").Hash
        $arrays = @(Get-Saved 'random' | Get-BackupContent -AsByteStream -ReadCount 1000000)
        $arrays.ForEach{ $_.Length } | Should -Be 1000000, 1000000, 1000000, 1000000, 1000000, 1000000, 1
        [Convert]::ToHexString([Security.Cryptography.SHA256]::HashData([byte[]]($arrays.ForEach{ $_ }))) | Should -Be (Get-FileHash -LiteralPath "$tree/random").Hash
    }

    It 'gives lines in arrays' {
        $arrays = @(Get-Saved 'lines.txt' | Get-BackupContent -ReadCount 3)
        $arrays.Count | Should -Be 2
        $arrays[0] | Should -Be 'first', 'second', ''
        $arrays[1] | Should -Be 'fourth grün'
        @(Get-Saved 'lines.txt' | Get-BackupContent -ReadCount 0)[0].Count | Should -Be 4
    }

    It 'takes paths, patterns, literal paths and items' {
        Get-BackupContent $snapshot.SnapshotId "$tree/plain.txt" | Should -Be 'plain'
        Get-BackupContent $snapshot.SnapshotId.Substring(0, 12) -Repository vault -Path "$tree/sub/*" | Should -Be 'temporary', 'class One;'
        $snapshot | Get-BackupContent -LiteralPath "$tree/a[1].txt", "$tree/plain.txt" | Should -Be 'brackets', 'plain'
        $snapshot | Get-BackupContent -Path '*.none' -ErrorAction Stop | Should -BeNullOrEmpty
        $snapshot | Get-BackupItem -Path '**/*.cs' | Get-BackupContent | Should -Be 'class Two;', 'class One;'
    }

    It 'reports what has no content and goes on' {
        $out = $snapshot | Get-BackupItem -LiteralPath "$tree/sub", "$tree/plain.txt" | Get-BackupContent -ErrorVariable problem -ErrorAction SilentlyContinue
        $out | Should -Be 'plain'
        $problem.Count | Should -Be 1
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'ItemNotFile,*'
        $problem[0].TargetObject | Should -Be "$tree/sub"
        $snapshot | Get-BackupContent -LiteralPath "$tree/none" -ErrorVariable problem -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'ItemNotFound,*'
    }

    It 'refuses <said>' -ForEach @(@{ said = @{ Raw = $true; Tail = 1 } }, @{ said = @{ TotalCount = 1; Tail = 1 } }, @{ said = @{ AsByteStream = $true; Encoding = 'utf8' } }) {
        $snapshot | Get-BackupContent -LiteralPath "$tree/plain.txt" @said -ErrorVariable problem -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'InvalidArgument,*'
    }

    It 'completes and checks encodings' {
        (TabExpansion2 -inputScript 'Get-BackupContent -Encoding utf' -cursorColumn 31).CompletionMatches.CompletionText | Should -Be 'utf8', 'utf8BOM', 'utf8NoBOM', 'utf32'
        { Get-Saved 'plain.txt' | Get-BackupContent -Encoding nonsense } | Should -Throw -ErrorId 'ParameterArgumentTransformationError,*'
    }

    It 'reads no more than it needs' {
        @(Get-Saved 'long.txt' | Get-BackupContent | Select-Object -First 3).Count | Should -Be 3
        @(Get-Saved 'random' | Get-BackupContent -AsByteStream | Select-Object -First 3) | Should -Be ([IO.File]::ReadAllBytes("$tree/random")[0..2])
    }
}
