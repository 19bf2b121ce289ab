'use strict';

// A list that is pasted is sent as a file once it is longer than a form may be.

document.querySelectorAll('textarea[data-most]').forEach((text) => {
    const file = text.form.elements.upload;

    text.form.addEventListener('submit', () => {
        if (file.files.length || new Blob([text.value]).size <= Number(text.dataset.most)) {
            return;
        }
        const transfer = new DataTransfer();
        transfer.items.add(new File([text.value], 'pasted.m3u', {type: 'text/plain'}));
        file.files = transfer.files;
        text.value = '';
    });
});
