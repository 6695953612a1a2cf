BeforeAll {
    . (Join-Path $PSScriptRoot 'TestSetup.ps1')
    $tree = Initialize-TestTree -Path (Join-Path $TestRoot 'tree')
    [IO.File]::WriteAllText((Join-Path $tree 'lines.conf'), "one`ntwo`r`nthree`n")
    $vault = Initialize-TestRepository -Name vault
    $null = New-BackupPolicy -Name web -Source $tree -Repository vault
    $first = Invoke-Backup -PolicyName web | Get-BackupSnapshot
    [IO.File]::WriteAllText((Join-Path $tree 'later.conf'), 'later')
    # Names are times to the second.
    Start-Sleep -Milliseconds 1100
    $second = Invoke-Backup -PolicyName web | Get-BackupSnapshot
    $adhoc = Invoke-Backup -LiteralPath (Join-Path $tree 'sub') -Repository vault | Get-BackupSnapshot
    function Get-SnapshotName { param($Snapshot) $Snapshot.Time.ToString("yyyy-MM-dd'T'HHmmss'Z'", [cultureinfo]::InvariantCulture) }
    # The path of something of the tree on the drive.
    function Get-DrivePath { param([string] $Name, [string] $Snapshot = 'latest') "Backup:/vault/web/$Snapshot$($tree -replace '\\', '/' -replace '^(?=[^/])', '/' -replace ':', '%3A')$(if ($Name) { "/$Name" })" }
    # Runs what is expected to fail, and gives the error.
    function Get-Failure {
        param([scriptblock] $Script)
        $ErrorActionPreference = 'Stop'
        try { & $Script | Out-Null } catch { return $_ }
        throw "No error: $Script"
    }
}

AfterAll {
    Set-Location -LiteralPath $PSScriptRoot
    Clear-TestRoot
}

Describe 'The Backup: drive' {
    It 'is there after import, without a look at the home folder' {
        $fresh = Invoke-FreshProcess -Environment @{ BACKUPPS_HOME = (Join-Path $TestRoot 'never') } -Script "(Get-PSDrive -PSProvider Backup).Name; (Get-PSDrive -Name Backup).Root.Length; Test-Path -LiteralPath `$env:BACKUPPS_HOME; Remove-Module -Name BackupPS; @(Get-PSDrive | Where-Object Name -EQ Backup).Count"
        $fresh.ErrorText | Should -BeNullOrEmpty
        ($fresh.Output -split '\r?\n' | Where-Object { $_ }) | Should -Be 'Backup', '0', 'False', '0'
    }

    It 'is there again after another import, also where its folder was the current one' {
        $fresh = Invoke-FreshProcess -Script "Set-Location -LiteralPath Backup:/; Import-Module -Name '$Manifest' -Force; @(Get-PSDrive -Name Backup).Count; Test-Path -LiteralPath Backup:/"
        $fresh.ErrorText | Should -BeNullOrEmpty
        ($fresh.Output -split '\r?\n' | Where-Object { $_ }) | Should -Be '1', 'True'
    }

    It 'lists repositories, policies, snapshots and items, each as what it is' {
        $repositories = Get-ChildItem -LiteralPath Backup:/
        $repositories | Should -BeOfType BackupPS.BackupRepository
        $repositories.Name, $repositories.RepositoryPath | Should -Be 'vault', $vault.Path
        $policies = Get-ChildItem -LiteralPath Backup:/vault
        $policies | Should -BeOfType BackupPS.BackupPolicy
        $policies.PSChildName | Should -Be '.adhoc', 'web'
        $policies[1].Created | Should -Be (Get-BackupPolicy -Name web).Created
        $snapshots = Get-ChildItem -LiteralPath Backup:/vault/web
        $snapshots | Should -BeOfType BackupPS.BackupSnapshot
        $snapshots.PSChildName | Should -Be (Get-SnapshotName $first), (Get-SnapshotName $second)
        $snapshots.SnapshotId | Should -Be $first.SnapshotId, $second.SnapshotId
        (Get-ChildItem -LiteralPath Backup:/vault/.adhoc).SnapshotId | Should -Be $adhoc.SnapshotId
        $items = Get-ChildItem -LiteralPath (Get-DrivePath)
        $items | Should -BeOfType BackupPS.BackupItem
        $items.Name | Should -BeExactly 'a[1].txt', 'later.conf', 'lines.conf', 'plain.txt', 'sub', 'with space.txt'
        $items[3].SourcePath, $items[3].SnapshotId | Should -Be (Join-Path $tree 'plain.txt'), $second.SnapshotId
        $items[3].PSChildName, $items[3].PSIsContainer, $items[4].PSIsContainer, $items[3].PSDrive.Name | Should -Be 'plain.txt', $false, $true, 'Backup'
        (Get-Item -LiteralPath $items[3].PSPath).Size | Should -Be 5
        (Get-Item -LiteralPath $items[3].PSParentPath).SourcePath | Should -Be $tree
    }

    It 'resolves latest, ids and their beginnings, and lists none of them' {
        foreach ($name in 'latest', 'LATEST', $second.SnapshotId, $second.SnapshotId.Substring(0, 12).ToUpperInvariant(), (Get-SnapshotName $second), "$(Get-SnapshotName $second)-$($second.SnapshotId.Substring(0, 8))") {
            (Get-Item -LiteralPath "Backup:/vault/web/$name").SnapshotId | Should -Be $second.SnapshotId -Because $name
            (Get-Content -LiteralPath (Get-DrivePath -Name later.conf -Snapshot $name)) | Should -Be 'later' -Because $name
        }
        foreach ($name in 'none', $adhoc.SnapshotId, '2001-01-01T000000Z', "$(Get-SnapshotName $second)-ffffffff", "$(Get-SnapshotName $second)-") { Test-Path -LiteralPath "Backup:/vault/web/$name" | Should -BeFalse -Because $name }
        # What was found by way of latest is still found when there is a later one.
        (Get-Item -LiteralPath (Get-DrivePath -Name later.conf)).PSPath | Should -BeLike "*web?$($second.SnapshotId)?*"
        (Get-ChildItem -LiteralPath (Get-DrivePath)).PSPath | Should -BeLike "*web?$($second.SnapshotId)?*"
        (Get-ChildItem -LiteralPath Backup:/vault/web -Name) | Should -Be (Get-SnapshotName $first), (Get-SnapshotName $second)
        $all = Get-ChildItem -LiteralPath Backup:/ -Recurse
        ($all.Where{ $_ -is [BackupPS.BackupItem] -and $_.Name -eq 'plain.txt' }).SnapshotId | Should -Be $first.SnapshotId, $second.SnapshotId
        @($all.PSPath | Sort-Object -Unique).Count | Should -Be $all.Count
    }

    It 'shows a new snapshot at once, as latest too' {
        $null = New-BackupPolicy -Name fast -Source (Join-Path $tree 'sub') -Repository vault
        foreach ($round in 1..3) {
            [IO.File]::WriteAllText((Join-Path $tree 'sub/round'), "$round")
            $id = (Invoke-Backup -PolicyName fast).SnapshotId
            (Get-Item -LiteralPath Backup:/vault/fast/latest).SnapshotId | Should -Be $id
            (Get-ChildItem -LiteralPath Backup:/vault/fast).SnapshotId | Should -Contain $id
            Get-ChildItem -LiteralPath Backup:/vault/fast/latest -Recurse | Where-Object Name -EQ round | Get-Content | Should -Be "$round"
        }
        Remove-BackupSnapshot -SnapshotId $id -Confirm:$false
        (Get-ChildItem -LiteralPath Backup:/vault/fast).SnapshotId | Should -Not -Contain $id
        Test-Path -LiteralPath "Backup:/vault/fast/$id" | Should -BeFalse
        Get-BackupSnapshot -PolicyName fast | Remove-BackupSnapshot -Confirm:$false
        Get-ChildItem -LiteralPath Backup:/vault/fast | Should -BeNullOrEmpty
        (Get-ChildItem -LiteralPath Backup:/vault).PSChildName | Should -Contain 'fast'
        Remove-BackupPolicy -Name fast -Confirm:$false
        (Get-ChildItem -LiteralPath Backup:/vault).PSChildName | Should -Not -Contain 'fast'
        Remove-Item -LiteralPath (Join-Path $tree 'sub/round')
    }

    It 'gives snapshots of one second names of their own, and refuses the time alone' {
        $null = New-BackupPolicy -Name quick -Source (Join-Path $tree 'plain.txt') -Repository vault
        do { $made = 1..4 | ForEach-Object { Invoke-Backup -PolicyName quick } | Get-BackupSnapshot } until ($made | Group-Object { Get-SnapshotName $_ } | Where-Object Count -GT 1)
        $together = ($made | Group-Object { Get-SnapshotName $_ } | Where-Object Count -GT 1)[0].Group
        $listed = Get-ChildItem -LiteralPath Backup:/vault/quick
        @($listed.PSChildName | Sort-Object -Unique).Count | Should -Be $listed.Count
        foreach ($snapshot in $together) {
            $name = "$(Get-SnapshotName $snapshot)-$($snapshot.SnapshotId.Substring(0, 8))"
            ($listed | Where-Object SnapshotId -EQ $snapshot.SnapshotId).PSChildName | Should -BeExactly $name
            (Get-Item -LiteralPath "Backup:/vault/quick/$name").SnapshotId | Should -Be $snapshot.SnapshotId
        }
        (Get-Failure { Get-Item -LiteralPath "Backup:/vault/quick/$(Get-SnapshotName $together[0])" }).FullyQualifiedErrorId | Should -BeLike 'SnapshotAmbiguous,*'
        Get-BackupSnapshot -PolicyName quick | Remove-BackupSnapshot -Confirm:$false
        Remove-BackupPolicy -Name quick -Confirm:$false
    }

    It 'shows a policy that is not registered here by its snapshots' {
        $null = New-BackupPolicy -Name gone -Source (Join-Path $tree 'sub') -Repository vault
        $id = (Invoke-Backup -PolicyName gone).SnapshotId
        Remove-BackupPolicy -Name gone -Confirm:$false
        $policy = Get-Item -LiteralPath Backup:/vault/gone
        $policy | Should -BeOfType BackupPS.BackupPolicy
        $policy.PolicyName, $policy.Source, $policy.Repository | Should -Be 'gone', (Join-Path $tree 'sub'), 'vault'
        (Get-ChildItem -LiteralPath Backup:/vault/gone).SnapshotId | Should -Be $id
        Remove-BackupSnapshot -SnapshotId $id -Confirm:$false
        Test-Path -LiteralPath Backup:/vault/gone | Should -BeFalse
        (Get-Item -LiteralPath Backup:/vault/.adhoc | Get-BackupSnapshot).SnapshotId | Should -Be $adhoc.SnapshotId
    }

    It 'fits its listings into 120 columns' {
        foreach ($path in 'Backup:/', 'Backup:/vault', 'Backup:/vault/web', (Get-DrivePath)) {
            $lines = (Get-ChildItem -LiteralPath $path | Out-String -Width 120) -replace '\x1b\[[\d;]*m' -split '\r?\n' | Where-Object { $_ }
            $lines.Count | Should -Be (2 + @(Get-ChildItem -LiteralPath $path).Count) -Because ($lines -join "`n")
            foreach ($line in $lines) { $line.Length | Should -BeLessOrEqual 120 }
        }
        # Wherever the folder is, the names in it are shown.
        $items = Get-ChildItem -LiteralPath (Get-DrivePath)
        $items[0].SourcePath.Length | Should -BeGreaterThan 34
        foreach ($i in 0..($items.Count - 1)) { $lines[2 + $i].TrimEnd() | Should -BeLike "*[/\\]$([wildcardpattern]::Escape($items[$i].Name))" }
    }
}

Describe 'Moving about' {
    AfterEach { Set-Location -LiteralPath $PSScriptRoot }

    It 'goes into folders and back, with either separator, and by relative paths' {
        Set-Location -Path Backup:
        Set-Location -Path vault
        Set-Location -Path web/latest
        "$PWD" -replace '\\', '/' | Should -Be 'Backup:/vault/web/latest'
        Set-Location -LiteralPath (Get-DrivePath)
        Get-Content -Path plain.txt | Should -Be 'plain'
        Get-Content -Path ./sub/../plain.txt | Should -Be 'plain'
        Get-Content -Path sub\deep\two.cs | Should -Be 'class Two;'
        Set-Location -Path sub\deep/
        Get-Content -Path ../../plain.txt | Should -Be 'plain'
        (Get-ChildItem).Name | Should -Be 'two.cs'
        Push-Location -Path ..
        (Get-ChildItem -Name) | Should -Be 'deep', 'left.tmp', 'one.cs'
        Pop-Location
        (Get-ChildItem).Name | Should -Be 'two.cs'
        Set-Location -Path ..
        (Resolve-Path -Path 'one.cs').ProviderPath -replace '\\', '/' | Should -Be "$((Get-DrivePath) -replace '^Backup:/')/sub/one.cs"
        Resolve-Path -Path 'one.cs' -Relative | Should -BeLike '*one.cs'
        (Get-Failure { Set-Location -Path none }).FullyQualifiedErrorId | Should -BeLike 'PathNotFound,*'
        (Get-Failure { Set-Location -Path one.cs }).FullyQualifiedErrorId | Should -Match '^(Argument|PathNotFound)'
    }

    It 'splits and joins paths without a look at the repository' {
        Disconnect-BackupRepository -Name vault
        try {
            $path = "Backup:/vault/web/latest/etc/a%5Cb"
            Split-Path -Path $path -Leaf | Should -Be 'a%5Cb'
            (Split-Path -Path $path -Parent) -replace '\\', '/' | Should -Be 'Backup:/vault/web/latest/etc'
            Split-Path -Path $path -Qualifier | Should -Be 'Backup:'
            (Join-Path -Path Backup:/vault -ChildPath 'web/x') -replace '\\', '/' | Should -Be 'Backup:/vault/web/x'
        }
        finally { $null = Connect-BackupRepository -Name vault -KeyFile (Get-TestKeyFile) }
    }

    It 'knows what is there, by exact names' {
        foreach ($path in 'Backup:/', 'Backup:/vault', 'Backup:/VAULT/', 'Backup:\vault\web', 'Backup:/vault/WEB/latest', (Get-DrivePath), "$(Get-DrivePath)/", (Get-DrivePath -Name 'sub/one.cs')) { Test-Path -LiteralPath $path | Should -BeTrue -Because $path }
        foreach ($path in 'Backup:/none', 'Backup:/none/web', 'Backup:/vault/none', 'Backup:/vault/none/latest', (Get-DrivePath -Name none), (Get-DrivePath -Name 'plain.txt/x'), (Get-DrivePath -Name 'Plain.txt')) { Test-Path -LiteralPath $path | Should -BeFalse -Because $path }
        Test-Path -LiteralPath (Get-DrivePath -Name sub) -PathType Container | Should -BeTrue
        Test-Path -LiteralPath (Get-DrivePath -Name sub) -PathType Leaf | Should -BeFalse
        Test-Path -LiteralPath (Get-DrivePath -Name plain.txt) -PathType Leaf | Should -BeTrue
        (Get-Failure { Get-Item -LiteralPath (Get-DrivePath -Name none) }).FullyQualifiedErrorId | Should -BeLike 'PathNotFound,*'
    }

    It 'completes paths with Tab' {
        function Get-Completion { param([string] $Text) (TabExpansion2 -inputScript $Text -cursorColumn $Text.Length).CompletionMatches.CompletionText -replace '\\', '/' }
        Get-Completion 'Get-ChildItem Backup:/va' | Should -Be 'Backup:/vault'
        Get-Completion 'Get-ChildItem Backup:/vault/w' | Should -Be 'Backup:/vault/web'
        Get-Completion "Get-Content $(Get-DrivePath -Name pl)" | Should -Be (Get-DrivePath -Name plain.txt)
        Get-Completion "Get-Content $(Get-DrivePath -Name with)" | Should -Be "'$(Get-DrivePath -Name 'with space.txt')'"
        Get-Completion "Get-Content $(Get-DrivePath -Name 'a')" | Should -Be (Get-DrivePath -Name 'a%5B1%5D.txt')
        Set-Location -LiteralPath (Get-DrivePath)
        Get-Completion 'Get-Content su' | Should -Be './sub'
        Get-Completion 'Get-Content ./lines.conf -Encoding big' | Should -Contain 'bigendianunicode'
    }

    It 'makes another drive with its root below a repository, and refuses one below nothing' {
        $null = New-PSDrive -Name Web -PSProvider Backup -Root vault/web/latest
        try {
            Get-Content -LiteralPath "Web:$((Get-DrivePath -Name plain.txt) -replace '^Backup:/vault/web/latest')" | Should -Be 'plain'
            Set-Location -LiteralPath Web:/
            (Get-ChildItem -Recurse -Include *.cs).Name | Should -Be 'two.cs', 'one.cs'
            Set-Location -LiteralPath $PSScriptRoot
        }
        finally { Remove-PSDrive -Name Web }
        (Get-Failure { New-PSDrive -Name Lost -PSProvider Backup -Root none/web }).FullyQualifiedErrorId | Should -BeLike 'RepositoryNotFound,*'
    }
}

Describe 'Finding' {
    It 'recurses with -Include, -Exclude, -Depth, -Name, -File and -Directory' {
        (Get-ChildItem -Path (Get-DrivePath) -Recurse -Include *.cs).Name | Should -Be 'two.cs', 'one.cs'
        (Get-ChildItem -Path (Get-DrivePath) -Recurse -Include *.cs, *.tmp -Exclude two*).Name | Should -Be 'left.tmp', 'one.cs'
        (Get-ChildItem -LiteralPath (Get-DrivePath) -Depth 1).Name | Should -Be 'a[1].txt', 'later.conf', 'lines.conf', 'plain.txt', 'sub', 'deep', 'left.tmp', 'one.cs', 'with space.txt'
        (Get-ChildItem -LiteralPath (Get-DrivePath -Name sub) -Recurse).Name | Should -Be 'deep', 'two.cs', 'left.tmp', 'one.cs'
        (Get-ChildItem -LiteralPath (Get-DrivePath -Name sub) -Recurse -Name) -replace '\\', '/' | Sort-Object | Should -Be ('deep', 'deep/two.cs', 'left.tmp', 'one.cs')
        (Get-ChildItem -LiteralPath (Get-DrivePath -Name sub) -Recurse -File).Name | Should -Be 'two.cs', 'left.tmp', 'one.cs'
        (Get-ChildItem -LiteralPath (Get-DrivePath -Name sub) -Recurse -Directory).Name | Should -Be 'deep'
        (Get-DrivePath -Name sub | Get-ChildItem -Directory).Name | Should -Be 'deep'
        (Get-ChildItem -Path Backup:/vault -Recurse -Include later.conf).SnapshotId | Should -Be $second.SnapshotId
        (Get-ChildItem -LiteralPath (Get-DrivePath -Name plain.txt)).Size | Should -Be 5
        (Get-Failure { Get-ChildItem -LiteralPath (Get-DrivePath) -Filter *.cs }).FullyQualifiedErrorId | Should -BeLike 'NotSupported,*'
    }

    It 'expands wildcards at every level' {
        (Get-Item -Path Backup:/v*/w*).PolicyName | Should -Be 'web'
        (Get-Item -Path "Backup:/*/web/2*").SnapshotId | Should -Be $first.SnapshotId, $second.SnapshotId
        (Get-Item -Path "$(Get-DrivePath)/*.conf").Name | Should -Be 'later.conf', 'lines.conf'
        (Get-Content -Path "$(Get-DrivePath)/s*/*/t?o.cs") | Should -Be 'class Two;'
        (Get-Item -Path Backup:/*/*/latest).SnapshotId | Sort-Object | Should -Be ($second.SnapshotId, $adhoc.SnapshotId | Sort-Object)
        (Get-Item -Path "Backup:/*/web/$($first.SnapshotId)").SnapshotId | Should -Be $first.SnapshotId
        (Get-Item -Path "Backup:/*/web/$(Get-SnapshotName $first)").SnapshotId | Should -Be $first.SnapshotId
        Get-Item -Path 'Backup:/vault/web/la*' | Should -BeNullOrEmpty
        Get-Item -Path "$(Get-DrivePath)/none*" -ErrorAction Stop | Should -BeNullOrEmpty
    }

    It 'takes brackets as they are with -LiteralPath and as a set with -Path, and has them as %NN itself' {
        (Get-Item -LiteralPath (Get-DrivePath -Name 'a[1].txt')).Name | Should -Be 'a[1].txt'
        foreach ($way in @{ LiteralPath = (Get-DrivePath -Name 'a%5B1%5D.txt') }, @{ Path = (Get-DrivePath -Name 'a%5B1%5D.txt') }) { Get-Content @way | Should -Be 'brackets' }
        Get-Content -LiteralPath (Get-DrivePath -Name 'a[1].txt') | Should -Be 'brackets'
        (Get-Item -Path (Get-DrivePath -Name '[pl]*')).Name | Should -Be 'later.conf', 'lines.conf', 'plain.txt'
        (Get-ChildItem -LiteralPath (Get-DrivePath) | Where-Object Name -EQ 'a[1].txt' | Get-Content) | Should -Be 'brackets'
    }

    It 'pipes into Select-String by way of Get-Content; its own -Path takes files only' {
        (Get-ChildItem -Path (Get-DrivePath) -Recurse -Include *.cs | Get-Content | Select-String -Pattern 'Two').Line | Should -Be 'class Two;'
        (Get-Failure { Select-String -Path (Get-DrivePath -Name plain.txt) -Pattern p }).FullyQualifiedErrorId | Should -BeLike 'ProcessingFile,*'
    }
}

Describe 'Names' -Skip:$IsWindows {
    BeforeAll {
        $strange = (New-Item -ItemType Directory -Path (Join-Path $TestRoot 'strange')).FullName
        $make = Join-Path $TestRoot 'make-strange'
        [IO.File]::WriteAllText($make, @'
cd "$1" && mkdir 'folder\x'
for n in 'back\slash' C: a:stream 100% %5C %41 '[x]*' 'tick`' $'new\nline' $'bad\xff\xfe' '~' .... ' space '; do printf %s "$n" > "./$n"; done
printf inner > 'folder\x/in:ner'
'@)
        & bash $make $strange
        $strangeId = (Invoke-Backup -LiteralPath $strange -Repository vault).SnapshotId
        $there = "Backup:/vault/.adhoc/$strangeId$strange"
    }

    It 'writes what cannot stand in a path as %NN, and reads it so' {
        $expected = [ordered]@{
            'back%5Cslash' = 'back\slash'; 'C%3A' = 'C:'; 'a%3Astream' = 'a:stream'; '100%' = '100%'; '%255C' = '%5C'; '%41' = '%41'; '%5Bx%5D%2A' = '[x]*'; 'tick%60' = 'tick`'
            "new`nline" = "new`nline"; 'bad%FF%FE' = "bad$([char]0xDCFF)$([char]0xDCFE)"; '~' = '~'; '....' = '....'; ' space ' = ' space '; 'folder%5Cx' = 'folder\x'
        }
        $items = Get-ChildItem -LiteralPath $there
        $items.Count | Should -Be $expected.Count
        foreach ($item in $items) {
            $expected.Contains($item.PSChildName) | Should -BeTrue -Because $item.PSChildName
            $item.Name | Should -BeExactly $expected[$item.PSChildName]
            (Get-Item -LiteralPath "$there/$($item.PSChildName)").SourcePath | Should -BeExactly "$strange/$($item.Name)"
            (Get-Item -LiteralPath $item.PSPath).Name | Should -BeExactly $item.Name
            (Get-Item -Path $item.PSPath).Name | Should -BeExactly $item.Name
            Test-Path -LiteralPath "$there/$($item.PSChildName)" | Should -BeTrue
        }
        (Get-ChildItem -LiteralPath $there -Name) | Should -Be $items.PSChildName
    }

    It 'reads, finds and restores them' {
        foreach ($item in Get-ChildItem -LiteralPath $there -File) {
            $bytes = if ($item.Name -like 'bad*') { 98, 97, 100, 255, 254 } else { [Text.Encoding]::UTF8.GetBytes($item.Name) }
            @($item | Get-Content -AsByteStream) | Should -Be $bytes -Because $item.PSChildName
            @(Get-Content -LiteralPath "$there/$($item.PSChildName)" -AsByteStream) | Should -Be $bytes -Because $item.PSChildName
        }
        Get-Content -LiteralPath "$there/folder%5Cx/in%3Aner" | Should -Be 'inner'
        Set-Location -LiteralPath "$there/folder%5Cx"
        Get-Content -Path 'in%3Aner' | Should -Be 'inner'
        Set-Location -LiteralPath $PSScriptRoot
        (Get-ChildItem -Path $there -Recurse -Include 'in*').Name | Should -Be 'in:ner'
        $out = Join-Path $TestRoot 'strange-out'
        (Get-ChildItem -LiteralPath $there -File | Restore-Backup -Destination $out).FilesRestored | Should -Be 13
        & diff -r --exclude 'folder*' $strange "$out$strange" | Should -BeNullOrEmpty
    }
}

Describe 'Get-Content' {
    BeforeAll {
        $content = Join-Path $TestRoot 'content'
        $null = New-Item -ItemType Directory -Path $content
        $texts = @{
            'unix' = "one`ntwo`n`nfour"; 'windows' = "one`r`ntwo`r`n"; 'empty' = ''; 'newline' = "`n"; 'umlaut' = "gr$([char]0xFC)n"; 'pieces' = 'a--b--c--'
        }
        foreach ($name in $texts.Keys) { [IO.File]::WriteAllText((Join-Path $content $name), $texts[$name]) }
        [IO.File]::WriteAllText((Join-Path $content 'utf16'), "gr$([char]0xFC)n`nzwei", [Text.Encoding]::Unicode)
        [IO.File]::WriteAllBytes((Join-Path $content 'latin1'), [byte[]](0x67, 0x72, 0xFC, 0x6E))
        Add-RandomFile -Path (Join-Path $content 'random') -Length 12MB
        $contentId = (Invoke-Backup -LiteralPath $content -Repository vault).SnapshotId
        $there = "Backup:/vault/.adhoc/$contentId$($content -replace '\\', '/' -replace '^(?=[^/])', '/' -replace ':', '%3A')"
    }

    It 'gives what it gives of the file: <said>' -ForEach @(
        @{ said = @{} }, @{ said = @{ Raw = $true } }, @{ said = @{ AsByteStream = $true } }, @{ said = @{ AsByteStream = $true; Raw = $true } }, @{ said = @{ TotalCount = 2 } }, @{ said = @{ ReadCount = 3 } },
        @{ said = @{ ReadCount = 0 } }, @{ said = @{ Delimiter = '--' } }, @{ said = @{ Delimiter = "`n" } }, @{ said = @{ Encoding = 'unicode' } }, @{ said = @{ Encoding = 'latin1' } }, @{ said = @{ Encoding = 28591 } },
        @{ said = @{ Encoding = [Text.Encoding]::ASCII } }, @{ said = @{ AsByteStream = $true; ReadCount = 4 } }, @{ said = @{ AsByteStream = $true; TotalCount = 3 } }
    ) {
        foreach ($name in 'unix', 'windows', 'empty', 'newline', 'umlaut', 'pieces', 'utf16', 'latin1') {
            $expected = @(Get-Content -LiteralPath (Join-Path $content $name) @said)
            $got = @(Get-Content -LiteralPath "$there/$name" @said)
            # The parameters of the current location are bound where an item comes along the pipeline.
            @(Get-Item -LiteralPath "$there/$name" | Get-Content @said).Count | Should -Be $got.Count -Because $name
            $got.Count | Should -Be $expected.Count -Because $name
            @($got | ForEach-Object { "$($_.GetType().Name -replace '\[\]$', '*' -replace 'Byte\*|Object\*', 'several'): $($_ -join ',')" }) -join '|' | Should -BeExactly (@($expected | ForEach-Object { "$($_.GetType().Name -replace '\[\]$', '*' -replace 'Byte\*|Object\*', 'several'): $($_ -join ',')" }) -join '|') -Because $name
        }
    }

    It 'reads a large file block by block' {
        $whole = [IO.File]::ReadAllBytes((Join-Path $content 'random'))
        $hash = [System.Security.Cryptography.IncrementalHash]::CreateHash('SHA256')
        Get-Content -LiteralPath "$there/random" -AsByteStream -ReadCount 100000 | ForEach-Object { $hash.AppendData([byte[]]$_) }
        [Convert]::ToHexString($hash.GetHashAndReset()) | Should -Be ([Convert]::ToHexString([System.Security.Cryptography.SHA256]::HashData($whole)))
        (Get-Content -LiteralPath "$there/random" -AsByteStream -Raw).Length | Should -Be $whole.Length
        @(Get-Content -LiteralPath "$there/random" -AsByteStream | Select-Object -First 5) | Should -Be $whole[0..4]
    }

    It 'says what has no content' {
        (Get-Failure { Get-Content -LiteralPath $there }).FullyQualifiedErrorId | Should -BeLike 'ItemNotFile,*'
        (Get-Failure { Get-Content -LiteralPath Backup:/vault/web/latest }).FullyQualifiedErrorId | Should -BeLike 'ItemNotFile,*'
        (Get-Failure { Get-Content -LiteralPath "$there/none" }).FullyQualifiedErrorId | Should -BeLike 'PathNotFound,*'
        (Get-Failure { Get-Content -LiteralPath "$there/unix" -Tail 1 }).FullyQualifiedErrorId | Should -BeLike 'TailNotSupported,*'
        (Get-Failure { Get-Content -LiteralPath "$there/unix" -Encoding none-such }).FullyQualifiedErrorId | Should -BeLike '*Transformation*'
    }

    It 'tells damage as a restore does' {
        $hurt = Initialize-TestRepository -Name hurt
        $id = (Invoke-Backup -LiteralPath (Join-Path $content 'random') -Repository hurt).SnapshotId
        $pack = Get-ChildItem -LiteralPath (Join-Path $hurt.Path 'packs') -Recurse -File | Sort-Object Length | Select-Object -Last 1
        if (-not $IsWindows) { [IO.File]::SetUnixFileMode($pack.FullName, 'UserRead, UserWrite') }
        $bytes = [IO.File]::ReadAllBytes($pack.FullName)
        $bytes[$bytes.Length / 2] = $bytes[$bytes.Length / 2] -bxor 1
        [IO.File]::WriteAllBytes($pack.FullName, $bytes)
        $path = (Get-ChildItem -LiteralPath "Backup:/hurt/.adhoc/$id" -Recurse -File).PSPath
        $got = 0
        Get-Content -LiteralPath $path -AsByteStream -ReadCount 65536 -ErrorVariable problem -ErrorAction SilentlyContinue | ForEach-Object { $got += $_.Length }
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'ObjectDamaged,*'
        $problem[0].ErrorDetails.RecommendedAction | Should -Match 'Test-BackupIntegrity'
        $got | Should -BeGreaterThan 0
        $got | Should -BeLessThan 12MB
        Remove-BackupRepository -Name hurt -DeleteData -Confirm:$false
    }
}

Describe 'The way out' {
    It 'knows the home folder, for who stands on the drive' {
        $provider = Get-PSProvider -PSProvider FileSystem
        $homeFolder = $provider.Home
        try {
            $provider.Home = $TestRoot
            Push-Location -LiteralPath Backup:/vault
            $null = Get-Item -LiteralPath (Get-DrivePath -Name 'a[1].txt') | Restore-Backup -Destination '~/out-home'
        } finally {
            Pop-Location
            $provider.Home = $homeFolder
        }
        Join-Path $TestRoot 'out-home' | Should -Exist
    }

    It 'is Restore-Backup, for files, folders and snapshots' {
        $out = Join-Path $TestRoot 'out'
        (Get-Item -LiteralPath (Get-DrivePath -Name 'a[1].txt') | Restore-Backup -Destination $out).FilesRestored | Should -Be 1
        [IO.File]::ReadAllText("$out/$($tree -replace ':')/a[1].txt") | Should -Be 'brackets'
        (Get-Item -LiteralPath (Get-DrivePath -Name sub) | Restore-Backup -Destination (Join-Path $TestRoot 'out-sub')).FilesRestored | Should -Be 3
        (Get-ChildItem -Path Backup:/vault/web -Recurse -Include *.conf | Restore-Backup -Destination (Join-Path $TestRoot 'out-conf') -Overwrite Always).FilesRestored | Should -Be 1, 2
        (Get-Item -LiteralPath Backup:/vault/web/latest | Restore-Backup -Destination (Join-Path $TestRoot 'out-all')).FilesRestored | Should -Be $second.FileCount
        (Get-Item -LiteralPath (Get-DrivePath -Name sub) | Get-BackupItem -Recurse).Name | Should -Be 'sub', 'deep', 'two.cs', 'left.tmp', 'one.cs'
        $file = Get-Item -LiteralPath (Get-DrivePath -Name 'a[1].txt')
        $file | Get-BackupContent -Raw | Should -Be (Get-Content -LiteralPath (Get-DrivePath -Name 'a[1].txt') -Raw)
        ($file | Find-BackupItem).SnapshotId | Should -Be $file.SnapshotId
        (Get-Item -LiteralPath Backup:/vault | Test-BackupIntegrity).Status | Should -Be 'Passed'
        (Get-Item -LiteralPath Backup:/vault/web | Get-BackupSnapshot).SnapshotId | Should -Be $first.SnapshotId, $second.SnapshotId
    }

    It 'never takes an item for the file that it was made from' {
        $live = Join-Path $tree 'plain.txt'
        [IO.File]::WriteAllText($live, 'changed')
        try {
            $item = Get-Item -LiteralPath (Get-DrivePath -Name plain.txt)
            $item | Get-Content | Should -Be 'plain'
            ($item | Get-Item).SnapshotId | Should -Be $second.SnapshotId
            $item | Remove-Item -ErrorVariable problem -ErrorAction SilentlyContinue
            $problem[0].FullyQualifiedErrorId | Should -BeLike 'DriveReadOnly,*'
            Get-Item -LiteralPath Backup:/vault | Remove-Item -Recurse -Force -ErrorVariable problem -ErrorAction SilentlyContinue
            $problem[0].FullyQualifiedErrorId | Should -BeLike 'DriveReadOnly,*'
            $live, $vault.Path | Should -Exist
            # Through a file, too.
            $item | Export-Clixml -LiteralPath (Join-Path $TestRoot 'item.xml')
            (Import-Clixml -LiteralPath (Join-Path $TestRoot 'item.xml') | Restore-Backup -Destination (Join-Path $TestRoot 'out-xml')).FilesRestored | Should -Be 1
        }
        finally { [IO.File]::WriteAllText($live, 'plain') }
    }

    It 'never takes the root for the file of its name here' {
        $here = (New-Item -ItemType Directory -Path (Join-Path $TestRoot 'here/Backup')).Parent
        Push-Location -LiteralPath $here.FullName
        try {
            foreach ($root in (Get-Item -LiteralPath Backup:/), (Get-Item -Path Backup:/)) {
                $root | Remove-Item -Recurse -Force -ErrorVariable problem -ErrorAction SilentlyContinue
                $problem[0].FullyQualifiedErrorId | Should -BeLike 'DriveReadOnly,*'
                ($root | Get-ChildItem).Name | Should -Contain 'vault'
            }
        }
        finally { Pop-Location }
        Join-Path $here.FullName 'Backup' | Should -Exist
    }

    It 'is not Copy-Item, which PowerShell forbids between providers' {
        (Get-Failure { Copy-Item -LiteralPath (Get-DrivePath -Name plain.txt) -Destination $TestRoot }).FullyQualifiedErrorId | Should -Match 'CopyItem'
        Join-Path $TestRoot 'plain.txt' | Should -Not -Exist
    }
}

Describe 'Read-only' {
    It '<name> says so, and changes nothing' -ForEach @(
        @{ name = 'Remove-Item'; script = { param($Path) Remove-Item -LiteralPath $Path -Recurse -Force -ErrorAction Stop } }
        @{ name = 'Remove-Item of a snapshot'; script = { Remove-Item -LiteralPath Backup:/vault/web/latest -Recurse -Force -ErrorAction Stop } }
        @{ name = 'New-Item'; script = { param($Path) New-Item -Path "$Path.new" -ItemType File -ErrorAction Stop } }
        @{ name = 'Set-Item'; script = { param($Path) Set-Item -LiteralPath $Path -Value x -ErrorAction Stop } }
        @{ name = 'Clear-Item'; script = { param($Path) Clear-Item -LiteralPath $Path -ErrorAction Stop } }
        @{ name = 'Rename-Item'; script = { param($Path) Rename-Item -LiteralPath $Path -NewName y -ErrorAction Stop } }
        @{ name = 'Move-Item'; script = { param($Path) Move-Item -LiteralPath $Path -Destination Backup:/vault -ErrorAction Stop } }
        @{ name = 'Copy-Item'; script = { param($Path) Copy-Item -LiteralPath $Path -Destination Backup:/vault/web -ErrorAction Stop } }
        @{ name = 'Set-Content'; script = { param($Path) Set-Content -LiteralPath $Path -Value x -ErrorAction Stop } }
        @{ name = 'Add-Content'; script = { param($Path) Add-Content -LiteralPath $Path -Value x -ErrorAction Stop } }
        @{ name = 'Clear-Content'; script = { param($Path) Clear-Content -LiteralPath $Path -ErrorAction Stop } }
        @{ name = 'Invoke-Item'; script = { param($Path) Invoke-Item -LiteralPath $Path -ErrorAction Stop } }
    ) {
        $before = Get-FolderState -Path $vault.Path
        $problem = try { & $script (Get-DrivePath -Name plain.txt) } catch { $_ }
        $problem.FullyQualifiedErrorId | Should -BeLike 'DriveReadOnly,*'
        $problem.ErrorDetails.RecommendedAction | Should -Match 'Restore-Backup'
        Get-FolderState -Path $vault.Path | Should -Be $before
        Get-Content -LiteralPath (Get-DrivePath -Name plain.txt) | Should -Be 'plain'
    }
}

Describe 'Locked repositories' {
    BeforeAll {
        $null = Initialize-TestRepository -Name a-locked
        $lockedId = (Invoke-Backup -LiteralPath (Join-Path $tree 'sub') -Repository a-locked).SnapshotId
        Disconnect-BackupRepository -Name a-locked
    }
    AfterAll { Remove-BackupRepository -Name a-locked -Confirm:$false }

    It 'are listed, and cannot be entered' {
        (Get-Item -LiteralPath Backup:/a-locked).Status | Should -Be 'Locked'
        Get-ChildItem -LiteralPath Backup:/a-locked -ErrorVariable problem -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'RepositoryLocked,*'
        $problem[0].ErrorDetails.RecommendedAction | Should -Match 'Connect-BackupRepository'
        'Backup:/a-locked/.adhoc' | Test-Path -ErrorVariable problem -ErrorAction SilentlyContinue | Should -BeFalse
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'RepositoryLocked,*'
        foreach ($script in { Get-ChildItem -LiteralPath Backup:/a-locked }, { Test-Path -LiteralPath Backup:/a-locked/.adhoc }, { Get-Item -LiteralPath "Backup:/a-locked/.adhoc/$lockedId" }, { Get-ChildItem -LiteralPath "Backup:/a-locked/.adhoc/latest" }, { Get-Content -LiteralPath "Backup:/a-locked/.adhoc/latest/x" }) {
            (Get-Failure $script).FullyQualifiedErrorId | Should -BeLike 'RepositoryLocked,*' -Because "$script"
            & { $ErrorActionPreference = 'SilentlyContinue'; $Error.Clear(); & $script | Where-Object { $_ } | Should -BeNullOrEmpty -Because "$script"; $Error.Count | Should -Be 1 -Because "$script" }
        }
    }

    It 'do not hide the others from -Recurse and wildcards' {
        $all = Get-ChildItem -LiteralPath Backup:/ -Recurse -ErrorVariable problem -ErrorAction SilentlyContinue
        $all.PSChildName | Should -Contain 'plain.txt'
        @($problem).Count | Should -Be 1
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'RepositoryLocked,*'
        (Get-ChildItem -Path Backup:/ -Recurse -Include later.conf -ErrorAction SilentlyContinue).Name | Should -Be 'later.conf'
        (Get-Item -Path Backup:/*/web/latest -ErrorVariable problem -ErrorAction SilentlyContinue).SnapshotId | Should -Be $second.SnapshotId
        @($problem).Count | Should -Be 1
        (Get-Item -Path Backup:/*/web -ErrorVariable problem -ErrorAction SilentlyContinue).PolicyName | Should -Be 'web'
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'RepositoryLocked,*'
    }

    It 'are open once they are connected, and closed again' {
        $null = Connect-BackupRepository -Name a-locked -KeyFile (Get-TestKeyFile)
        (Get-ChildItem -Path Backup:/a-locked/.adhoc/latest -Recurse -Include one.cs | Get-Content) | Should -Be 'class One;'
        Disconnect-BackupRepository -Name a-locked
        (Get-Failure { Get-ChildItem -LiteralPath Backup:/a-locked/.adhoc/latest }).FullyQualifiedErrorId | Should -BeLike 'RepositoryLocked,*'
    }
}

Describe 'Size and stopping' {
    BeforeAll {
        $many = (New-Item -ItemType Directory -Path (Join-Path $TestRoot 'many')).FullName
        foreach ($i in 1..100000) { [IO.File]::Create([IO.Path]::Join($many, "item$i")).Dispose() }
        $null = New-BackupPolicy -Name many -Source $many -Repository vault
        $null = Invoke-Backup -PolicyName many
        $there = "Backup:/vault/many/latest$($many -replace '\\', '/' -replace '^(?=[^/])', '/' -replace ':', '%3A')"
        Add-RandomFile -Path (Join-Path $TestRoot 'big') -Length 100MB
        $bigId = (Invoke-Backup -LiteralPath (Join-Path $TestRoot 'big') -Repository vault).SnapshotId
    }

    It 'gives the first of 100,000 items long before the last' {
        $null = Get-ChildItem -LiteralPath $there | Select-Object -First 1
        $one = (Measure-Command { @(Get-ChildItem -LiteralPath $there | Select-Object -First 1).Count | Should -Be 1 }).TotalSeconds
        $all = (Measure-Command { @(Get-ChildItem -LiteralPath $there).Count | Should -Be 100000 }).TotalSeconds
        $one | Should -BeLessThan ($all / 10)
        (Measure-Command { Test-Path -LiteralPath "$there/item77777" | Should -BeTrue }).TotalSeconds | Should -BeLessThan ($all / 10)
    }

    It 'ends within 2 seconds of Ctrl-C: <name>' -ForEach @(
        @{ name = 'a listing'; script = { param($Many) Get-ChildItem -LiteralPath $Many } }, @{ name = 'a search'; script = { param($Many) Get-ChildItem -Path $Many -Recurse -Include *9 } }
        @{ name = 'content'; script = { param($Many, $Big) Get-Content -LiteralPath $Big -AsByteStream } }, @{ name = 'raw content'; script = { param($Many, $Big) while ($true) { $null = Get-Content -LiteralPath $Big -AsByteStream -Raw } } }
    ) {
        $big = (Get-ChildItem -LiteralPath "Backup:/vault/.adhoc/$bigId" -Recurse -File).PSPath
        $pipeline = (Get-TestPipeline -Script $script).AddArgument($there).AddArgument($big)
        try {
            $running = $pipeline.BeginInvoke()
            Start-Sleep -Milliseconds 700
            $running.IsCompleted | Should -BeFalse
            $clock = [System.Diagnostics.Stopwatch]::StartNew()
            $pipeline.Stop()
            $clock.Elapsed.TotalSeconds | Should -BeLessThan 2
        }
        finally { $pipeline.Runspace.Dispose(); $pipeline.Dispose() }
        (Get-ChildItem -LiteralPath (Get-DrivePath)).Name | Should -Contain 'plain.txt'
    }
}
